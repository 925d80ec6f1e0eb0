-- What is open hears of whatever is news, until it is known what could matter to it.
insert into open_bookings (booking, operator_id, booking_id, partition, until)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
on conflict (booking) do update set
    partition = excluded.partition,
    until = greatest(open_bookings.until, excluded.until),
    hears = default
