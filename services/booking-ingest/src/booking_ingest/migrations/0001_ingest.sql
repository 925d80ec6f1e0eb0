-- Keys by which operators are known. The secret itself is shown once, when it is made, and never kept.
create table api_keys (
    key_id text primary key,
    operator_id text not null,
    secret_sha256 bytea not null,
    label text not null default '',
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

-- Which events were taken, so that the same one again is answered as the first time. Holds no content of a booking.
create table received_events (
    operator_id text not null,
    event_id text not null,
    content bytea not null,
    received_at timestamptz not null default now(),
    published_at timestamptz,
    primary key (operator_id, event_id)
);

create index received_events_by_age on received_events using brin (received_at);
