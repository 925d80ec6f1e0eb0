-- How attempts ended. What was superseded or cancelled while it was attempted is not made due again; that it arrived is
-- still worth knowing. What nobody attempted has one attempt less than was claimed.
update deliveries d
set state = case when g.state = 'due' and d.state <> 'due' then d.state else g.state end,
    due_at = coalesce(g.due_at, d.due_at), leased_until = null, last_error = g.error,
    delivered_at = case when g.state = 'delivered' then $6::timestamptz else d.delivered_at end,
    provider_id = coalesce(g.provider_id, d.provider_id),
    attempts = d.attempts - g.unmade,
    first_attempt_at = case when d.attempts > g.unmade then d.first_attempt_at end
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $7::int[])
    as g (delivery_id, state, due_at, error, provider_id, unmade)
where d.delivery_id = g.delivery_id and d.state in ('due', 'superseded', 'cancelled')
