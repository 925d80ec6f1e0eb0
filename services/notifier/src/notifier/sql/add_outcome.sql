insert into outcomes (event_id, operator_id, booking_id, at, body) values ($1, $2, $3, $4, $5)
on conflict (event_id) do nothing
returning event_id
