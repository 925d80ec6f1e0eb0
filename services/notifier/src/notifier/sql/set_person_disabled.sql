update people set disabled_at = $2, setup_sha256 = null where person_id = $1
