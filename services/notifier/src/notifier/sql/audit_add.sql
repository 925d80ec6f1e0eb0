insert into audit (note_id, operator_id, number, at, kind, actor, booking_id, body, previous, hash)
select * from unnest(
    $1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bytea[], $10::bytea[]
)
