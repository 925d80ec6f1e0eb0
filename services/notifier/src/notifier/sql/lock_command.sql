select correlation_id, alert_id, operator_id, booking_id, command, requested_by, requested_at, confirm_by, state,
    answered_at, answered_by
from commands where correlation_id = $1 and operator_id = $2
for update
