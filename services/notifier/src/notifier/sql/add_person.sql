insert into people (person_id, operator_id, login, display_name, role, issuer, subject, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
returning person_id, operator_id, login, display_name, role, password_hash, issuer, subject, created_at, disabled_at
