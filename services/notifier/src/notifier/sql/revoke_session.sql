update sessions set revoked_at = coalesce(revoked_at, $2) where token_sha256 = $1 returning session_id
