select body from outcomes where operator_id = $1 and booking_id = $2 order by position desc limit 40
