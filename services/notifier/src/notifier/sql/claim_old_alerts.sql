-- Not changed since $1, and of scams those whose record was let go before $2. One that somebody holds is left for the next
-- time.
select alert_id, operator_id, booking_id, coalesce(finding = 'confirmed_scam', false) as confirmed
from alerts
where updated_at < $1 and (finding is distinct from 'confirmed_scam' or record_released_at is not null)
  and (finding is distinct from 'confirmed_scam' or record_released_at < $2)
order by updated_at
limit $3
for update skip locked
