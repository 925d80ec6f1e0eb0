-- What is due, nearest deadline first, for this worker alone until the lease ends.
update deliveries d
set leased_until = $1::timestamptz + make_interval(secs => $2), attempts = attempts + 1,
    first_attempt_at = coalesce(first_attempt_at, $1)
from (
    select delivery_id from deliveries
    where state = 'due' and due_at <= $1 and (leased_until is null or leased_until < $1)
    order by deadline
    limit $3
    for update skip locked
) as c
where d.delivery_id = c.delivery_id
returning d.delivery_id, d.alert_id, d.operator_id, d.booking_id, d.channel, d.body, d.deadline, d.attempts, d.created_at
