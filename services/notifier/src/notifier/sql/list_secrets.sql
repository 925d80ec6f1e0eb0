select operator_id, name, updated_at from secrets where $1::text is null or operator_id = $1 order by 1, 2
