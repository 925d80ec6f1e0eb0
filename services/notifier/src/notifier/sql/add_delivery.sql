insert into deliveries
    (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
on conflict (delivery_id) do nothing
