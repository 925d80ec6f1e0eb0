-- What is forgotten is not judged again.
delete from reassessments_due as d using bookings as b
where b.operator_id = d.operator_id and b.booking_id = d.booking_id and b.state is null
