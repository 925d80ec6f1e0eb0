select body from feed where operator_id = $1 and booking_id = $2 order by position desc limit 50
