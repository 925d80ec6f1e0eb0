select note_id from audit where note_id = any($1::uuid[])
