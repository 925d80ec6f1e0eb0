select channel, state, attempts, first_attempt_at, delivered_at, last_error, audience, recipient, telling, due_at, body
from deliveries where alert_id = $1 order by created_at desc, rung limit 40
