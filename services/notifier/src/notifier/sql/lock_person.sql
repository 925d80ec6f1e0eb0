select person_id, operator_id, login, display_name, role, password_hash, issuer, subject, created_at, disabled_at from people where login = $1 for update
