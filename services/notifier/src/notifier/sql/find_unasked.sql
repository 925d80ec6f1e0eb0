-- Bookings that ended a little while ago, of which the driver was warned and nobody knows how they ended, but for those
-- that are set aside for now. Nobody is asked of what was over before anybody looked.
select a.alert_id, a.operator_id, a.booking_id, s.row_id is not null
from alerts a
left join set_aside s on s.work = 'question' and s.row_id = a.alert_id
where a.state = 'closed' and a.close_reason in ('delivered', 'cancelled', 'failed', 'returned')
  and a.closed_at > $1::timestamptz - interval '1 hour' and a.closed_at <= $1::timestamptz - interval '2 minutes'
  and a.decision in ('warn', 'hold_recommended') and not a.rationed and a.reach <> 'untold' and a.driver is not null
  and a.finding is null
  and not exists (select 1 from asked_again where asked_again.alert_id = a.alert_id)
  and not exists (
      select 1 from outcomes
      where outcomes.operator_id = a.operator_id and outcomes.booking_id = a.booking_id
        and convert_from(outcomes.body, 'UTF8')::jsonb ->> 'action' is not null
  )
  and (s.again_at is null or s.again_at <= $1)
order by a.closed_at
limit $2
