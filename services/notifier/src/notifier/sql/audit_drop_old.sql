delete from audit where operator_id = $1 and number <= $2
