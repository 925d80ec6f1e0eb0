-- A message whose provider has not said in time that it arrived: given up for the next.
update deliveries set state = 'abandoned', last_error = 'no receipt in time'
where delivery_id = $1 and state = 'sent' and give_up_at <= $2
returning delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, attempts, created_at, change, rung,
    telling, audience, recipient, due_at, give_up_at, opens, closes, urgent, claim_by
