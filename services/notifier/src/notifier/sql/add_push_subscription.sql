insert into push_subscriptions (operator_id, driver, endpoint_sha256, sealed, created_at, seen_at)
values ($1, $2, $3, $4, $5, $5)
on conflict (operator_id, driver, endpoint_sha256) do update set sealed = excluded.sealed, seen_at = excluded.seen_at
