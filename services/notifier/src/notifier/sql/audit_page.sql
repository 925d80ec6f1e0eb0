select operator_id, number, at, kind, actor, booking_id, body, previous, hash
from audit where operator_id = $1 and number > $2 and ($3::bigint is null or number <= $3) order by number limit $4
