select o.operator_id, o.booking_id, o.at, o.received_at, o.reported_by, o.action, o.finding, o.clear_reason,
    o.observations, o.takes_back
from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
join outcomes as o using (operator_id, booking_id)
order by o.received_at, o.at
