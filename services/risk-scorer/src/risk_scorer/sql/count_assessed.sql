select count(*) from steps where assessed_at >= $1 and ($2::text is null or operator_id = $2)
