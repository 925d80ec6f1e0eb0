select key_id, operator_id, secret_sha256, label, created_at, revoked_at
from api_keys
where $1::text is null or operator_id = $1
order by operator_id, created_at
