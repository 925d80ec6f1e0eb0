select channel, state, attempts, first_attempt_at, delivered_at, body
from deliveries where alert_id = $1 order by created_at, channel
