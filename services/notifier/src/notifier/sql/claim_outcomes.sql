select w.event_id, w.operator_id, w.booking_id, w.at, w.body
from outcomes w
where not w.published
  and not exists (
      select 1 from set_aside s where s.work = 'outcome' and s.row_id = w.event_id and s.again_at > $2
  )
order by w.position
limit $1
for update of w skip locked
