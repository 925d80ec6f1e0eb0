-- Empty these bookings and the events of their steps; whose that is. One that a batch is just writing is passed over: it
-- has been heard of, and nobody waits for anybody.
with due as (
    select b.operator_id, b.booking_id
    from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
    join bookings as b using (operator_id, booking_id)
    where b.updated_at <= $3 and b.state is not null
    for update of b skip locked
),
events as (
    update steps as s set event = null
    from due
    where s.operator_id = due.operator_id and s.booking_id = due.booking_id and s.event is not null
)
update bookings as b set state = null
from due
where b.operator_id = due.operator_id and b.booking_id = due.booking_id
returning b.operator_id
