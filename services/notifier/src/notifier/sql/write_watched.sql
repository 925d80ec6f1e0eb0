insert into watched_bookings (operator_id, booking_id, document, ended, updated_at)
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::boolean[], $5::timestamptz[])
order by 1, 2
on conflict (operator_id, booking_id) do update
set document = excluded.document, ended = excluded.ended, updated_at = excluded.updated_at
