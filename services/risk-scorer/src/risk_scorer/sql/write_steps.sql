insert into steps (
    operator_id, booking_id, event_id, seq, event, version, assessment_id, assessment, signals, assessed_at
)
select * from unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::bigint[], $7::uuid[], $8::bytea[], $9::bytea[],
    $10::timestamptz[]
)
on conflict do nothing
