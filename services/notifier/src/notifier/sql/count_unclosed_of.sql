select count(*) from alerts where operator_id = $1 and state <> 'closed'
