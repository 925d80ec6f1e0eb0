-- The newest sightings of each entity in the 30 days before `until`, other than the asking booking's own.
select wanted.n, s.at, s.booking, s.operator, s.role, s.shape, s.home, s.dropoff, s.booker
from unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::bigint[]) as wanted (n, entity, until, own)
cross join lateral (
    select * from sightings
    where sightings.entity = wanted.entity
        and sightings.at <= wanted.until
        and sightings.at > wanted.until - interval '30 days'
        and sightings.booking <> wanted.own
    order by sightings.at desc
    limit 64
) as s
