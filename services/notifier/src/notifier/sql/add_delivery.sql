insert into deliveries
    (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, created_at, change, rung, telling,
     audience, recipient, due_at, give_up_at, opens, closes, urgent, claim_by, driver)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
    $7::timestamptz - case when $18 then make_interval(secs => $19) else interval '0' end, $20)
on conflict (delivery_id) do nothing
