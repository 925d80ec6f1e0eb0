insert into bookings (operator_id, booking_id, version, state, by_revision, revision, occurred_at, seq)
select * from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::boolean[], $6::bigint[], $7::timestamptz[], $8::bigint[]
)
on conflict (operator_id, booking_id) do update set
    version = excluded.version,
    state = excluded.state,
    by_revision = excluded.by_revision,
    revision = excluded.revision,
    occurred_at = excluded.occurred_at,
    seq = excluded.seq,
    updated_at = now()
where bookings.version < excluded.version
