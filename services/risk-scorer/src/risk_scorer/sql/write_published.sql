update reassessments as r set published = true
from unnest($1::text[], $2::text[], $3::bigint[]) as sent (operator_id, booking_id, version)
where r.operator_id = sent.operator_id and r.booking_id = sent.booking_id and r.version = sent.version
