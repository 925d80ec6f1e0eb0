insert into commands
    (correlation_id, alert_id, operator_id, booking_id, command, requested_by, requested_at, confirm_by, state,
     answered_at, answered_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (correlation_id) do update set
    state = excluded.state, answered_at = excluded.answered_at, answered_by = excluded.answered_by
