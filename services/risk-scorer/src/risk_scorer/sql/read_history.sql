-- The newest sightings of each entity in a window before the asking booking's moment, in the roles that are asked for
-- (a mask of bits), other than the asking booking's own and than those seen under an earlier key of the same place.
-- `n` is the place of the ask among all; moments come as microseconds since 1970, exactly (test_moments). Parcels from
-- homes have an index of their own, and so a query of their own.
-- Of a later key three times the limit is looked through and no more: either an earlier key has met the limit, or what
-- is passed over stays below twice the limit. Without that, a busy place's whole month was passed over.
select
    asked.n, (date_part('epoch', s.at) * 1000000)::bigint, s.booking, s.operator, s.role, s.shape, s.home, s.dropoff,
    s.booker
from unnest($1::text::bigint[], $2::text::int[], $3::text::int[], $4::text::bigint[], $5::text::bigint[])
    with ordinality as asked (entity, question, look, first, second, n)
join unnest($6::timestamptz[], $7::text::bigint[]) with ordinality as questions (until, own, question) using (question)
join unnest($8::text::interval[], $9::int[], $10::int[], $11::boolean[])
    with ordinality as looks (within, roles, most, homes, look) using (look)
cross join lateral (
    select newest.* from (
        select * from sightings
        where sightings.entity = asked.entity
            and sightings.at <= questions.until
            and sightings.at > questions.until - looks.within
            and (1 << sightings.role) & looks.roles <> 0
            and sightings.booking <> questions.own
        order by sightings.at desc
        limit case when asked.first = 0 then looks.most else 3 * looks.most end
    ) as newest
    where asked.first = 0 or not exists (
        select from sightings as before
        where before.entity in (asked.first, asked.second) and before.at = newest.at
            and before.booking = newest.booking and before.role = newest.role
    )
    order by newest.at desc
    limit looks.most
) as s
where not looks.homes
union all
select
    asked.n, (date_part('epoch', s.at) * 1000000)::bigint, s.booking, s.operator, s.role, s.shape, s.home, s.dropoff,
    s.booker
from unnest($1::text::bigint[], $2::text::int[], $3::text::int[]) with ordinality as asked (entity, question, look, n)
join unnest($6::timestamptz[], $7::text::bigint[]) with ordinality as questions (until, own, question) using (question)
join unnest($8::text::interval[], $9::int[], $10::int[], $11::boolean[])
    with ordinality as looks (within, roles, most, homes, look) using (look)
cross join lateral (
    select * from sightings
    where sightings.home <> 0 and sightings.shape & 1 = 1
        and sightings.entity = asked.entity
        and sightings.at <= questions.until
        and sightings.at > questions.until - looks.within
        and (1 << sightings.role) & looks.roles <> 0
        and sightings.booking <> questions.own
    order by sightings.at desc
    limit looks.most
) as s
where looks.homes
