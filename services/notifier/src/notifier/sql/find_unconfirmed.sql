-- Alerts whose newest command was not answered in time, but for those that are set aside for now.
select a.alert_id, a.operator_id, a.booking_id, s.row_id is not null
from alerts a
left join set_aside s on s.work = 'command' and s.row_id = a.alert_id
where a.command_state = 'requested' and a.confirm_by <= $1 and (s.again_at is null or s.again_at <= $1)
order by a.confirm_by
limit $2
