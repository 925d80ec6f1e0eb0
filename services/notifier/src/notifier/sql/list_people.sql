select person_id, operator_id, login, display_name, role, password_hash, issuer, subject, created_at, disabled_at
from people where $1::text is null or operator_id = $1 order by operator_id, login
