select min(greatest(due_at, coalesce(leased_until, due_at))) from deliveries where state = 'due'
