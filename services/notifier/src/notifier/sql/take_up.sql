delete from set_aside where work = $1 and row_id = any ($2::uuid[])
