select operator_id, number, hash from audit_heads where operator_id = any($1::text[]) order by operator_id for update
