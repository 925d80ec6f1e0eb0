-- Ask for the open bookings of these partitions: all of them, or those that have an entity.
insert into reassessments_due (operator_id, booking_id, partition, cause, asked_at)
select o.operator_id, o.booking_id, o.partition, 'policy_changed', $2
from open_bookings as o
where o.partition = any($1::int[])
    and o.until > $2
    and ($3::bigint[] is null or exists (
        select from sightings as s
        where s.entity = any($3) and s.booking = o.booking and s.at > $2 - interval '30 days'
    ))
order by o.operator_id, o.booking_id
on conflict (operator_id, booking_id) do update set
    asked_at = greatest(reassessments_due.asked_at, excluded.asked_at),
    not_before = null
