-- Open bookings that were never stored, and what was asked for of them.
with given_up as (
    delete from open_bookings as o
    where o.until < $1
        and not exists (
            select from bookings as b where b.operator_id = o.operator_id and b.booking_id = o.booking_id
        )
    returning operator_id, booking_id
)
delete from reassessments_due as d using given_up
where d.operator_id = given_up.operator_id and d.booking_id = given_up.booking_id
