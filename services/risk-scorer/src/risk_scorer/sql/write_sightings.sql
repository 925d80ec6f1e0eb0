insert into sightings (entity, at, booking, operator, role, shape, home, dropoff, booker)
select * from unnest(
    $1::bigint[], $2::timestamptz[], $3::bigint[], $4::int[], $5::smallint[], $6::int[], $7::bigint[], $8::bigint[],
    $9::bigint[]
)
on conflict do nothing
