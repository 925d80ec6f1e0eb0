-- The newest sightings of each entity in a window before `until`, in the roles that are asked for (a mask of bits),
-- other than the asking booking's own.
select wanted.n, s.at, s.booking, s.operator, s.role, s.shape, s.home, s.dropoff, s.booker
from unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::interval[], $6::int[], $7::int[])
    as wanted (n, entity, until, own, within, roles, most)
cross join lateral (
    select * from sightings
    where sightings.entity = wanted.entity
        and sightings.at <= wanted.until
        and sightings.at > wanted.until - wanted.within
        and (1 << sightings.role) & wanted.roles <> 0
        and sightings.booking <> wanted.own
    order by sightings.at desc
    limit wanted.most
) as s
