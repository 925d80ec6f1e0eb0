select at, operator_id, subject, holder, kind, booking_id
from views where operator_id = $1 and ($2::text is null or booking_id = $2) order by at desc, view_id desc limit $3
