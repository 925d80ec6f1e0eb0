insert into alerts (alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, act_before, deadline, booking_version, assessment_id, change, raised_at, updated_at, acknowledged_at, acknowledged_by, closed_at, close_reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
on conflict (alert_id) do update set
    state = excluded.state, kind = excluded.kind, decision = excluded.decision, score = excluded.score,
    pattern = excluded.pattern, reasons = excluded.reasons, act_before = excluded.act_before,
    deadline = excluded.deadline, booking_version = excluded.booking_version,
    assessment_id = excluded.assessment_id, change = excluded.change, updated_at = excluded.updated_at,
    acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by,
    closed_at = excluded.closed_at, close_reason = excluded.close_reason
