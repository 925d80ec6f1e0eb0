-- Messages to the driver that a provider has taken and of which nobody has said yet that they arrived. A call is none:
-- looking at the page says nothing of it.
select delivery_id
from deliveries
where alert_id = $1 and audience = 'driver' and state = 'sent' and receipt_at is null and channel <> 'voice'
order by created_at
