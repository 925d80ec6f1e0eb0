-- One that somebody holds is left for the next time.
select alert_id, operator_id, booking_id, coalesce(finding = 'confirmed_scam', false) as confirmed
from alerts
where updated_at < $1 and (finding is distinct from 'confirmed_scam' or record_released_at is not null)
order by updated_at
limit $2
for update skip locked
