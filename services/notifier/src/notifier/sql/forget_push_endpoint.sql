delete from push_subscriptions where endpoint_sha256 = $1
