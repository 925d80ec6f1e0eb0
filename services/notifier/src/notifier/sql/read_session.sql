select
    session.session_id, session.created_at, session.seen_at,
    coalesce(person.operator_id, key.operator_id) as operator_id,
    coalesce(person.display_name, key.holder) as holder,
    coalesce(person.role, key.role) as role,
    coalesce('person:' || person.person_id, 'key:' || key.key_id) as subject
from sessions as session
left join people as person on person.person_id = session.person_id
left join console_keys as key on key.key_id = session.key_id
where session.token_sha256 = $1
    and session.revoked_at is null and person.disabled_at is null and key.revoked_at is null
