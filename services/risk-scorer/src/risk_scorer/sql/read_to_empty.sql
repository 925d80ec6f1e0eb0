-- Bookings last written in a stretch of time that are not open and still hold what was booked. `except` is one hash over
-- both, however little the planner knows of so new a stretch; joined row by row it would not come to an end.
select operator_id, booking_id from bookings where updated_at > $1 and updated_at <= $2 and state is not null
except
select operator_id, booking_id from open_bookings
limit $3
