select sealed from secrets where operator_id = $1 and name = $2
