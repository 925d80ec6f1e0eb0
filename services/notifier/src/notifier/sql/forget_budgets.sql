delete from alert_budgets where driver <> '' and at < $1::timestamptz - interval '2 days'
