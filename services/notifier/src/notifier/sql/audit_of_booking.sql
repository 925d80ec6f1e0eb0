select operator_id, number, at, kind, actor, booking_id, body, previous, hash
from audit where operator_id = $1 and booking_id = $2 order by number
