update people set password_hash = $2, setup_sha256 = null, setup_until = null where person_id = $1
