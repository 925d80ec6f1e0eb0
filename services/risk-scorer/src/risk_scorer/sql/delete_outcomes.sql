-- Outcomes of bookings of which nothing else is stored.
delete from outcomes as o using unnest($1::text[], $2::text[]) as wanted (operator_id, booking_id)
where o.operator_id = wanted.operator_id and o.booking_id = wanted.booking_id and (o.received_at <= $3 or o.takes_back)
    and not exists (select from bookings as b where b.operator_id = o.operator_id and b.booking_id = o.booking_id)
