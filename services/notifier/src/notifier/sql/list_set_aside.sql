select work, row_id, operator_id, booking_id, reason, tries, since, again_at
from set_aside
where operator_id = $1
order by since, row_id
limit $2
