select key_id, operator_id, holder, secret_sha256, created_at, revoked_at, role
from console_keys where $1::text is null or operator_id = $1 order by operator_id, created_at
