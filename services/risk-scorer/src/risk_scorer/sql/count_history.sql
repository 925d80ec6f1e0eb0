-- How many other bookings' sightings each question's entities met, up to the look's limit for each entity.
select asked.question, sum(met.count)::int
from unnest($1::text::bigint[], $2::text::int[], $3::text::int[], $4::text::bigint[], $5::text::bigint[])
    as asked (entity, question, look, first, second)
join unnest($6::timestamptz[], $7::bigint[]) with ordinality as questions (until, own, question) using (question)
join unnest($8::interval[], $9::int[], $10::int[])
    with ordinality as looks (within, roles, most, look) using (look)
cross join lateral (
    select count(distinct booking) as count
    from (
        select booking from sightings
        where sightings.entity = asked.entity
            and sightings.at <= questions.until
            and sightings.at > questions.until - looks.within
            and (1 << sightings.role) & looks.roles <> 0
            and sightings.booking <> questions.own
            and (asked.first = 0 or not exists (
                select from sightings as before
                where before.entity in (asked.first, asked.second) and before.at = sightings.at
                    and before.booking = sightings.booking and before.role = sightings.role
            ))
        order by sightings.at desc
        limit looks.most
    ) as newest
) as met
group by asked.question
