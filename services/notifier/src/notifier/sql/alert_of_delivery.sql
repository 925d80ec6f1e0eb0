select alert_id from deliveries where delivery_id = $1
