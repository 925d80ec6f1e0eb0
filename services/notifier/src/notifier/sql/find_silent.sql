select delivery_id, alert_id from deliveries where state = 'sent' and give_up_at <= $1 order by give_up_at limit $2
