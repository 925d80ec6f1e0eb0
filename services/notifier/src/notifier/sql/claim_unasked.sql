-- Bookings that ended a little while ago, of which the driver was warned and nobody knows how they ended; for this
-- transaction alone. Nobody is asked of what was over before anybody looked.
select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason, reach, told_at, escalated_to, expired_at, rationed, driver, driver_acknowledged_at, command, command_id, command_state, commands, confirm_by, finding, found_at, clear_reason, police_reference, call_wanted_at
from alerts
where state = 'closed' and close_reason in ('delivered', 'cancelled', 'failed', 'returned')
  and closed_at > $1::timestamptz - interval '1 hour' and closed_at <= $1::timestamptz - interval '2 minutes'
  and decision in ('warn', 'hold_recommended') and not rationed and reach <> 'untold' and driver is not null
  and finding is null
  and not exists (select 1 from asked_again where asked_again.alert_id = alerts.alert_id)
  and not exists (
      select 1 from outcomes
      where outcomes.operator_id = alerts.operator_id and outcomes.booking_id = alerts.booking_id
        and convert_from(outcomes.body, 'UTF8')::jsonb ->> 'action' is not null
  )
order by closed_at
limit $2
for update skip locked
