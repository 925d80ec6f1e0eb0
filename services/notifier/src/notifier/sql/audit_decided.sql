select operator_id, number, at, kind, actor, booking_id, body, previous, hash
from audit
where operator_id = $1 and at >= $2 and kind = any($3::text[]) and booking_id is not null
order by at desc, number desc limit $4
