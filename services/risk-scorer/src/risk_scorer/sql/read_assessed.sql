-- What was assessed since a moment, and what came of it, each booking together in the order of its versions. What no
-- event led to has none. Drills are left out unless they are asked for.
select operator_id, booking_id, seq, event, signals, assessed_at
from (
    select operator_id, booking_id, version, seq, event, signals, assessed_at from steps
    union all
    select operator_id, booking_id, version, null, null, signals, assessed_at from reassessments
) as made
where assessed_at >= $1 and case when $2::text is null then operator_id <> 'pickup-drill' else operator_id = $2 end
order by operator_id, booking_id, version, seq nulls last
