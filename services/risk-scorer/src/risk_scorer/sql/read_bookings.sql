select
    b.operator_id, b.booking_id, b.version, b.state, b.by_revision, b.revision, b.occurred_at, b.seq,
    exists (select from outcomes as o where o.operator_id = b.operator_id and o.booking_id = b.booking_id) as reported
from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
join bookings b using (operator_id, booking_id)
