-- Of these bookings those of which something is still stored.
select operator_id, booking_id
from unnest($1::text[], $2::text[]) as g (operator_id, booking_id)
where exists (select from bookings as b where b.operator_id = g.operator_id and b.booking_id = g.booking_id)
   or exists (select from outcomes as o where o.operator_id = g.operator_id and o.booking_id = g.booking_id)
