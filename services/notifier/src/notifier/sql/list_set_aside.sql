-- list_set_aside
select s.work, s.row_id, s.operator_id, s.booking_id, s.reason, s.tries, s.since, s.again_at,
    exists (select 1 from alerts a where a.operator_id = s.operator_id and a.booking_id = s.booking_id)
from set_aside s
where s.operator_id = $1
order by s.since, s.row_id
limit $2
