delete from open_bookings where until < $1
