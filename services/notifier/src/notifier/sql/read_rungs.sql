-- The messages of alerts, locked until the transaction ends.
select alert_id, delivery_id, change, rung, telling, audience, channel, recipient, state, attempts, created_at, deadline, due_at,
    give_up_at, opens, closes
from deliveries
where alert_id = any ($1::uuid[])
order by delivery_id
for update
