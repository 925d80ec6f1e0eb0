-- Outcomes by their content: the same one again is the same row.
insert into outcomes (
    outcome_id, operator_id, booking_id, at, received_at, reported_by, action, finding, clear_reason, observations,
    takes_back
)
select o.outcome_id, o.operator_id, o.booking_id, o.at, o.received_at, o.reported_by, o.action, o.finding,
    o.clear_reason, string_to_array(o.observations, ','), o.takes_back
from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::boolean[]
) as o (
    outcome_id, operator_id, booking_id, at, received_at, reported_by, action, finding, clear_reason, observations,
    takes_back
)
on conflict do nothing
returning outcome_id
