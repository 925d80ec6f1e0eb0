select correlation_id, alert_id, operator_id, booking_id, command, requested_by, requested_at, confirm_by, state,
    answered_at, answered_by
from commands where alert_id = $1 order by requested_at desc limit 40
