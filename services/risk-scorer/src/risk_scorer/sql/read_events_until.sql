-- The events that made one version of a booking; an assessment that no event led to has those of the version before. Of
-- those that are forgotten, when that was.
select event, seq, assessed_at from steps where operator_id = $1 and booking_id = $2 and version <= $3
