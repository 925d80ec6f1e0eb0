select operator_id, booking_id, version, assessment_id, assessment, assessed_at, partition
from reassessments
where not published and ($1::int[] is null or partition = any($1) or partition is null)
order by assessed_at, version
limit $2
