select operator_id from alerts where alert_id = $1
