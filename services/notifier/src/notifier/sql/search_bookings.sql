-- Likewise those whose booking's id begins with a text.
select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason, reach, told_at, escalated_to, expired_at, rationed, driver, driver_acknowledged_at, command, command_id, command_state, commands, confirm_by, finding, found_at, clear_reason, police_reference, call_wanted_at, record_released_at
from alerts
where operator_id = $1
  and ($2::text is null or case $2 when 'open' then state <> 'closed' when 'waiting' then state in ('open', 'expired') else state = $2 end)
  and ($3::text is null or decision = $3)
  and ($4::text is null or driver = $4)
  and ($5::timestamptz is null or raised_at >= $5)
  and (raised_at, alert_id) < ($6::timestamptz, $7::uuid)
  and booking_id like $9
order by raised_at desc, alert_id desc
limit $8
