-- What was superseded or cancelled while it was attempted is not made due again; that it arrived is still worth knowing.
update deliveries
set state = case when $2 = 'due' and state <> 'due' then state else $2 end,
    due_at = coalesce($3, due_at), leased_until = null, last_error = $4,
    delivered_at = case when $2 = 'delivered' then $5::timestamptz else delivered_at end,
    provider_id = coalesce($6, provider_id)
where delivery_id = $1 and state in ('due', 'superseded', 'cancelled')
