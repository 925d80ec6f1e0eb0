select operator_id, alert_id, audience, recipient from deliveries where delivery_id = $1
