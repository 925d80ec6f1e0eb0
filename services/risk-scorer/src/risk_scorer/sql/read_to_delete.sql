-- Bookings last written in a stretch of time that are not open and that nobody ever called a confirmed scam.
select operator_id, booking_id from bookings where updated_at > $1 and updated_at <= $2
except
select operator_id, booking_id from open_bookings
except
select operator_id, booking_id from outcomes where finding = 'confirmed_scam'
limit $3
