-- Remember these events; answer what was known of each before. A row that is new has no `content` in the answer.
with given as (
    select distinct on (operator_id, event_id) operator_id, event_id, content
    from unnest($1::text[], $2::text[], $3::bytea[]) as g (operator_id, event_id, content)
),
fresh as (
    insert into received_events (operator_id, event_id, content)
    select operator_id, event_id, content from given
    order by operator_id, event_id
    on conflict do nothing
    returning operator_id, event_id
)
select g.operator_id, g.event_id, r.content, r.published_at is not null as published
from given g
join received_events r using (operator_id, event_id)
