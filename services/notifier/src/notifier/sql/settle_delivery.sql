update deliveries
set state = $2, due_at = coalesce($3, due_at), leased_until = null, last_error = $4,
    delivered_at = case when $2 = 'delivered' then $5::timestamptz end
where delivery_id = $1 and state in ('due', 'superseded')
