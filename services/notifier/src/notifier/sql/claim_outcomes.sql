select event_id, operator_id, booking_id, at, body
from outcomes
where not published
order by position
limit $1
for update skip locked
