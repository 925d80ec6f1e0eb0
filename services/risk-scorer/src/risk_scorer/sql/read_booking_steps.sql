-- Every event of one booking, to fold it anew when one arrives late.
select event, seq from steps where operator_id = $1 and booking_id = $2
