-- Open bookings of which nothing more was heard; and what was asked for of those that were never stored.
with given_up as (delete from open_bookings where until < $1 returning operator_id, booking_id)
delete from reassessments_due as d using given_up
where d.operator_id = given_up.operator_id and d.booking_id = given_up.booking_id
    and not exists (select from bookings as b where b.operator_id = d.operator_id and b.booking_id = d.booking_id)
