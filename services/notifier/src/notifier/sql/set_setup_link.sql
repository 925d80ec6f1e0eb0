update people set setup_sha256 = $2, setup_until = $3 where person_id = $1
