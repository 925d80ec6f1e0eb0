update console_keys set revoked_at = coalesce(revoked_at, now()) where key_id = $1 returning operator_id
