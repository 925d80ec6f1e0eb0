-- Ask for those of these bookings that are open, each as of the newest of what changed for it.
insert into reassessments_due (operator_id, booking_id, partition, cause, asked_at)
select o.operator_id, o.booking_id, o.partition, $3::text, asked.at
from (
    select booking, max(at) as at from unnest($1::bigint[], $2::timestamptz[]) as met (booking, at) group by booking
) as asked
join open_bookings as o using (booking)
where o.until > asked.at
order by o.operator_id, o.booking_id
on conflict (operator_id, booking_id) do update set
    asked_at = greatest(reassessments_due.asked_at, excluded.asked_at),
    not_before = null
