insert into secrets (operator_id, name, sealed) values ($1, $2, $3)
on conflict (operator_id, name) do update set sealed = excluded.sealed, updated_at = now()
