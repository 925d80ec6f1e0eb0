select key_id, operator_id, holder, secret_sha256, created_at, revoked_at, role from console_keys where key_id = $1
