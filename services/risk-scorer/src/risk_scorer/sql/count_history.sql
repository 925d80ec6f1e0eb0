-- On how many other bookings each question's entities were seen: of each the newest sightings up to the look's limit,
-- a booking that several of them met once.
select asked.question, count(distinct met.booking)::int
from unnest($1::text::bigint[], $2::text::int[], $3::text::int[]) as asked (entity, question, look)
join unnest($4::timestamptz[], $5::text::bigint[]) with ordinality as questions (until, own, question) using (question)
join unnest($6::text::interval[], $7::int[], $8::int[])
    with ordinality as looks (within, roles, most, look) using (look)
cross join lateral (
    select booking from sightings
    where sightings.entity = asked.entity
        and sightings.at <= questions.until
        and sightings.at > questions.until - looks.within
        and (1 << sightings.role) & looks.roles <> 0
        and sightings.booking <> questions.own
    order by sightings.at desc
    limit looks.most
) as met
group by asked.question
