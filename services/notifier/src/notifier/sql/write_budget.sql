insert into alert_budgets (operator_id, driver, tokens, at) values ($1, $2, $3, $4)
on conflict (operator_id, driver) do update set tokens = excluded.tokens, at = excluded.at
