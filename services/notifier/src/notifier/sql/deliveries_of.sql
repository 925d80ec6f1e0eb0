select channel, state, attempts, first_attempt_at, delivered_at, last_error
from deliveries where alert_id = $1 order by created_at desc limit 20
