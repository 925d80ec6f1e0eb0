delete from push_subscriptions where operator_id = $1 and driver = $2 and endpoint_sha256 = $3
