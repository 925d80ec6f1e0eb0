update people set password_hash = $3 where person_id = $1 and password_hash = $2
