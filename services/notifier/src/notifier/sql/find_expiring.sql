-- Warnings that nobody took on before their deadline, but for those that are set aside for now.
select a.alert_id, a.operator_id, a.booking_id, s.row_id is not null
from alerts a
left join set_aside s on s.work = 'expiry' and s.row_id = a.alert_id
where a.state = 'open' and a.decision in ('warn', 'hold_recommended') and a.deadline <= $1
  and (s.again_at is null or s.again_at <= $1)
order by a.deadline
limit $2
