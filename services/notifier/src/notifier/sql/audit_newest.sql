select operator_id, number, at, kind, actor, booking_id, body, previous, hash
from audit
where operator_id = $1 and ($2::bigint is null or number < $2) and ($3::text is null or booking_id = $3)
order by number desc limit $4
