insert into sessions (session_id, token_sha256, person_id, key_id, created_at, seen_at) values ($1, $2, $3, $4, $5, $5)
