update audit_heads as head set number = moved.number, hash = moved.hash
from unnest($1::text[], $2::bigint[], $3::bytea[]) as moved (operator_id, number, hash)
where head.operator_id = moved.operator_id
