-- What was judged is no longer due, unless it was asked for anew in the meantime.
delete from reassessments_due as d
using unnest($1::text[], $2::text[], $3::timestamptz[]) as done (operator_id, booking_id, asked_at)
where d.operator_id = done.operator_id and d.booking_id = done.booking_id and d.asked_at <= done.asked_at
