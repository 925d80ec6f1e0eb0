insert into checkpoints (operator_id, number, hash, at, day, key_id, signature) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (operator_id, day) do nothing
