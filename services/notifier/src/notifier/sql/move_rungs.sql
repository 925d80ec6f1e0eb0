update deliveries d
set state = g.state, deadline = g.deadline, due_at = g.due_at, give_up_at = g.give_up_at, opens = g.opens,
    claim_by = d.claim_by + (g.deadline - d.deadline)
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::double precision[])
    as g (delivery_id, state, deadline, due_at, give_up_at, opens)
where d.delivery_id = g.delivery_id
