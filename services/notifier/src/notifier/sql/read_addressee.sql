select operator_id, alert_id, audience, recipient, created_at, driver from deliveries where delivery_id = $1
