select event_id, operator_id, booking_id, at, body
from feed
where not published
order by position
limit $1
for update skip locked
