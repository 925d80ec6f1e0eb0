-- What waits first: the told before the quiet and the rationed, the untaken before the taken, the nearest deadline first.
-- One that ran out before $3 comes after all that may still be in time, the newest such first.
select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason, reach, told_at, escalated_to, expired_at, rationed, driver, driver_acknowledged_at, command, command_id, command_state, commands, confirm_by, finding, found_at, clear_reason, police_reference, call_wanted_at, record_released_at
from alerts
where operator_id = $1 and state <> 'closed'
order by (decision = 'review'), rationed, (state = 'acknowledged'), coalesce(deadline < $3, false),
    case when deadline < $3 then $3 - deadline end, deadline, alert_id
limit $2
