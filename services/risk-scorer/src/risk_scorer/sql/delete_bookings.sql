-- Delete all that is kept of these bookings; how many there were. One that a batch is just writing is passed over.
with due as (
    select b.operator_id, b.booking_id
    from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
    join bookings as b using (operator_id, booking_id)
    where b.updated_at <= $3
    for update of b skip locked
),
gone_steps as (
    delete from steps as s using due where s.operator_id = due.operator_id and s.booking_id = due.booking_id
),
gone_reassessments as (
    delete from reassessments as r using due where r.operator_id = due.operator_id and r.booking_id = due.booking_id
),
gone_outcomes as (
    delete from outcomes as o using due where o.operator_id = due.operator_id and o.booking_id = due.booking_id
)
delete from bookings as b using due
where b.operator_id = due.operator_id and b.booking_id = due.booking_id
returning b.operator_id
