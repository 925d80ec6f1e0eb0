select person_id, operator_id, login, display_name, role, password_hash, issuer, subject, created_at, disabled_at
from people where setup_sha256 = $1 and setup_until > $2 and disabled_at is null for update
