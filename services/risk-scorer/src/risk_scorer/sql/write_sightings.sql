-- Of two events of one booking with the same time, the one that is taken later says what was seen.
insert into sightings as there (entity, at, booking, operator, role, shape, home, dropoff, booker)
select * from unnest(
    $1::bigint[], $2::timestamptz[], $3::bigint[], $4::int[], $5::smallint[], $6::int[], $7::bigint[], $8::bigint[],
    $9::bigint[]
)
on conflict (entity, at, booking, role) do update
set shape = excluded.shape, home = excluded.home, dropoff = excluded.dropoff, booker = excluded.booker
where (there.shape, there.home, there.dropoff, there.booker)
    is distinct from (excluded.shape, excluded.home, excluded.dropoff, excluded.booker)
