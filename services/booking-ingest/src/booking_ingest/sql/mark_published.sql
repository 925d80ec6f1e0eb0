update received_events r
set published_at = now()
from unnest($1::text[], $2::text[]) as g (operator_id, event_id)
where r.operator_id = g.operator_id and r.event_id = g.event_id and r.published_at is null
