-- Ask for these bookings, open or not; one that the scorer has never seen, or has forgotten, is not
-- asked for.
insert into reassessments_due (operator_id, booking_id, partition, cause, asked_at, not_before)
select asked.operator_id, asked.booking_id, o.partition, $4::text, asked.at, asked.not_before
from unnest($1::text[], $2::text[], $3::bigint[], $5::timestamptz[], $6::timestamptz[])
    as asked (operator_id, booking_id, booking, at, not_before)
join bookings using (operator_id, booking_id)
left join open_bookings as o using (booking)
where bookings.state is not null
order by asked.operator_id, asked.booking_id
on conflict (operator_id, booking_id) do update set
    asked_at = greatest(reassessments_due.asked_at, excluded.asked_at),
    not_before = case
        when reassessments_due.not_before is null or excluded.not_before is null then null
        else least(reassessments_due.not_before, excluded.not_before)
    end
