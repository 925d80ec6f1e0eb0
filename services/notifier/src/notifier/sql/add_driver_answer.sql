insert into driver_answers (alert_id, answer_key, driver, said, tapped_at, at) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
