select min(number), max(number) from audit
where operator_id = $1 and ($2::timestamptz is null or at >= $2) and ($3::timestamptz is null or at < $3)
