-- What was judged is no longer due, unless it was asked for anew in the meantime, or an event has changed the booking: it
-- may have been judged by what was known before that.
delete from reassessments_due as d
using unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) as done (operator_id, booking_id, asked_at, version)
join bookings as b using (operator_id, booking_id)
where d.operator_id = done.operator_id and d.booking_id = done.booking_id and d.asked_at <= done.asked_at
    and b.version = done.version
