-- Other alerts of the firm whose bookings are still held, newest first.
select a.alert_id, a.booking_id, a.state, a.decision, a.finding, a.raised_at, w.document
from alerts a
join watched_bookings w on w.operator_id = a.operator_id and w.booking_id = a.booking_id
where a.operator_id = $1 and a.raised_at >= $2 and a.booking_id <> $3
order by a.raised_at desc, a.alert_id desc
limit $4
