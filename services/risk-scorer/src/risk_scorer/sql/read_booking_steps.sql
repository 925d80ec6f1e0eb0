-- Every event of one booking, to fold it anew when one arrives late; of those that are forgotten, when that was.
select event, seq, assessed_at from steps where operator_id = $1 and booking_id = $2
