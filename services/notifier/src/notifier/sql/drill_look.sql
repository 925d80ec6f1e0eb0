-- What the audit knows of the drill's booking.
update drills set raised = seen.raised, attempted = seen.attempted, delivered = seen.delivered
from (
    select
        min(at) filter (where kind = 'alert.raised') as raised,
        min(at) filter (where kind = 'alert.attempted') as attempted,
        min(at) filter (where kind = 'alert.delivered') as delivered
    from audit where operator_id = $2 and booking_id = $1
) as seen
where drill_id = $1
returning drill_id, sent_at, deadline, accepted, drills.raised, drills.attempted, drills.delivered, ended_at
