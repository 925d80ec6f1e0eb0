-- A driver has a few phones, not a hundred.
delete from push_subscriptions
where operator_id = $1 and driver = $2 and endpoint_sha256 not in (
    select endpoint_sha256 from push_subscriptions where operator_id = $1 and driver = $2
    order by seen_at desc limit 5
)
