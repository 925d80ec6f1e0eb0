update sessions set seen_at = greatest(seen_at, $2) where session_id = $1
