-- To whom the newest text to a driver's number was sent, of late. A body that was blanked holds no number.
select operator_id, alert_id, audience, recipient, created_at, driver
from deliveries
where channel = 'sms' and audience = 'driver' and attempts > 0 and created_at > $2::timestamptz - interval '12 hours'
  and case when length(body) > 0 then convert_from(body, 'UTF8')::jsonb ->> 'to' end = $1
order by created_at desc, change desc
limit 1
