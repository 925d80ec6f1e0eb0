select worker_id, ruleset_name, version, fingerprint, since, seen_at, fault, overrides, entries, assessed, shadow::text
from workers
order by worker_id
