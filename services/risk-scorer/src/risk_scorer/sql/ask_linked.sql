-- Ask for those of these bookings that are open and to which it could matter, each as of the newest of what changed for it.
insert into reassessments_due (operator_id, booking_id, partition, cause, asked_at)
select o.operator_id, o.booking_id, o.partition, $4::text, asked.at
from unnest($1::text::bigint[], $2::timestamptz[], $3::text::smallint[]) as asked (booking, at, kinds)
join open_bookings as o using (booking)
where o.until > asked.at and o.hears & asked.kinds <> 0
order by o.operator_id, o.booking_id
on conflict (operator_id, booking_id) do update set
    asked_at = greatest(reassessments_due.asked_at, excluded.asked_at),
    not_before = null
