delete from open_bookings where booking = any($1::text::bigint[])
