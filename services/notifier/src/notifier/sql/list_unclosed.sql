-- What waits first: the told before the quiet, the unacknowledged before the taken, the nearest deadline before the far.
select alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason
from alerts
where operator_id = $1 and state <> 'closed'
order by (decision = 'review'), (state = 'acknowledged'), deadline, alert_id
limit $2
