insert into api_keys (key_id, operator_id, secret_sha256, label) values ($1, $2, $3, $4)
