-- The next version of bookings that nothing has changed since they were read; whose that is.
update bookings as b set version = judged.version
from unnest($1::text[], $2::text[], $3::bigint[]) as judged (operator_id, booking_id, version)
where b.operator_id = judged.operator_id and b.booking_id = judged.booking_id and b.version = judged.version - 1
returning b.operator_id, b.booking_id
