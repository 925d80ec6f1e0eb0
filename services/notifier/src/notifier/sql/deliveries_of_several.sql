select d.* from unnest($1::uuid[]) as wanted (alert_id)
cross join lateral (
    select alert_id, channel, state, attempts, first_attempt_at, delivered_at, last_error, audience, recipient, telling,
        due_at, receipt_at, body
    from deliveries where deliveries.alert_id = wanted.alert_id order by created_at desc, rung limit 40
) as d
