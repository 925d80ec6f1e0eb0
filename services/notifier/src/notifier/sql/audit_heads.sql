select operator_id, number, hash from audit_heads where $1::text is null or operator_id = $1 order by operator_id
