-- Of these alerts the warnings that nobody took on before their deadline, for this worker alone until its transaction
-- ends.
select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason, reach, told_at, escalated_to, expired_at, rationed, driver, driver_acknowledged_at, command, command_id, command_state, commands, confirm_by, finding, found_at, clear_reason, police_reference, call_wanted_at, record_released_at
from alerts
where alert_id = any ($2::uuid[]) and state = 'open' and decision in ('warn', 'hold_recommended') and deadline <= $1
order by deadline
for update skip locked
