select alert_id from commands where correlation_id = $1 and operator_id = $2
