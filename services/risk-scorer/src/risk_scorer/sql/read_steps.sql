-- Steps already taken for the events of a batch: they were read before, and are answered as the first time.
select s.operator_id, s.booking_id, s.event_id, s.version, s.assessment
from unnest($1::text[], $2::text[], $3::text[]) as wanted (operator_id, booking_id, event_id)
join steps s using (operator_id, booking_id, event_id)
