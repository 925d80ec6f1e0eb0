delete from push_subscriptions where seen_at < $1::timestamptz - interval '60 days'
