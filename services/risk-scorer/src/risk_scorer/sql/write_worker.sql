insert into workers (
    worker_id, ruleset_name, version, fingerprint, since, seen_at, fault, overrides, entries, assessed, shadow
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
on conflict (worker_id) do update set
    ruleset_name = excluded.ruleset_name,
    version = excluded.version,
    fingerprint = excluded.fingerprint,
    since = excluded.since,
    seen_at = excluded.seen_at,
    fault = excluded.fault,
    overrides = excluded.overrides,
    entries = excluded.entries,
    assessed = excluded.assessed,
    shadow = excluded.shadow
