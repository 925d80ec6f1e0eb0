select key_id, operator_id, secret_sha256, label, created_at, revoked_at from api_keys where key_id = $1
