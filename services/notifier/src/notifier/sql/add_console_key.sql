insert into console_keys (key_id, operator_id, holder, secret_sha256, role) values ($1, $2, $3, $4, $5)
