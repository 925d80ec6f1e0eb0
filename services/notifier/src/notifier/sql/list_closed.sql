select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason, reach, told_at, escalated_to, expired_at, rationed, driver, driver_acknowledged_at, command, command_id, command_state, commands, confirm_by, finding, found_at, clear_reason, police_reference, call_wanted_at, record_released_at
from alerts
where operator_id = $1 and state = 'closed'
order by closed_at desc
limit $2
