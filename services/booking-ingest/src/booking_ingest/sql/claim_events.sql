-- Remember these events; answer what is kept of each. What another transaction writes at this moment is in no answer:
-- its row is waited for and not written again, and this statement's snapshot is older than it. Ask again for those.
with given as (
    select distinct on (operator_id, event_id) operator_id, event_id, content
    from unnest($1::text[], $2::text[], $3::bytea[]) as g (operator_id, event_id, content)
),
fresh as (
    insert into received_events (operator_id, event_id, content)
    select operator_id, event_id, content from given
    order by operator_id, event_id
    on conflict do nothing
    returning operator_id, event_id, content
)
select r.operator_id, r.event_id, r.content, r.published_at is not null as published
from given g
join received_events r using (operator_id, event_id)
union all
select operator_id, event_id, content, false from fresh
