-- What was assessed since a moment, and what came of it, each booking together in the order of arrival.
select operator_id, booking_id, seq, event, signals, assessed_at
from steps
where assessed_at >= $1 and ($2::text is null or operator_id = $2)
order by operator_id, booking_id, seq
