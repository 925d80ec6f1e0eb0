-- When these bookings were first heard of: the steps of what is forgotten still say so.
select operator_id, booking_id, min(assessed_at)
from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
join steps using (operator_id, booking_id)
group by operator_id, booking_id
