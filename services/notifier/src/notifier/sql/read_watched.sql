select w.operator_id, w.booking_id, w.document
from watched_bookings w
join unnest($1::text[], $2::text[]) as g (operator_id, booking_id) using (operator_id, booking_id)
