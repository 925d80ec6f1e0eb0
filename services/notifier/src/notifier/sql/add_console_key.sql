insert into console_keys (key_id, operator_id, holder, secret_sha256) values ($1, $2, $3, $4)
