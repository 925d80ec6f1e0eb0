update people set role = $2, display_name = $3 where person_id = $1
