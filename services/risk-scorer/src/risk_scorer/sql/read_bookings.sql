select b.operator_id, b.booking_id, b.version, b.state, b.by_revision, b.revision, b.occurred_at, b.seq
from unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
join bookings b using (operator_id, booking_id)
