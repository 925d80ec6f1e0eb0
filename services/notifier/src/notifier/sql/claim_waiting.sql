-- What waits in an outbox, in order, but for what is set aside for now; `{outbox}` is its table.
select w.event_id, w.operator_id, w.booking_id, w.at, w.body
from {outbox} w
where not w.published
  and not exists (
      select 1 from set_aside s where s.work = $3 and s.row_id = w.event_id and s.again_at > $2
  )
order by w.position
limit $1
for update of w skip locked
