-- A provider's word on what it had accepted. One that comes late still says that it arrived; the first word stands.
update deliveries
set state = $2, receipt_at = $3, delivered_at = case when $2 = 'delivered' then $3::timestamptz else delivered_at end,
    last_error = $4
where delivery_id = $1 and receipt_at is null
  and (state = 'sent' or ($2 = 'delivered' and state in ('due', 'abandoned', 'superseded', 'cancelled', 'expired')))
returning delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, attempts, created_at, change, rung,
    telling, audience, recipient, due_at, give_up_at, opens, closes, urgent, claim_by
