-- Up to so many open bookings of which nothing more was heard are over. They are emptied at once, unless something was
-- heard within 48 hours ($2): those are emptied when that is over. `updated_at` is when they ended. Both rows are held
-- first, or neither: a batch that writes to one of them is not waited for.
with given_up as (
    select o.booking, b.operator_id, b.booking_id, b.updated_at <= $2 as silent
    from open_bookings as o
    join bookings as b using (operator_id, booking_id)
    where o.until < $1
    order by o.until
    limit $3
    for update skip locked
),
over as (
    delete from open_bookings as o using given_up where o.booking = given_up.booking
),
events as (
    update steps as s set event = null
    from given_up as g
    where g.silent and s.operator_id = g.operator_id and s.booking_id = g.booking_id and s.event is not null
),
emptied as (
    update bookings as b set state = null, updated_at = $1
    from given_up as g
    where g.silent and b.operator_id = g.operator_id and b.booking_id = g.booking_id
)
select count(*) from given_up
