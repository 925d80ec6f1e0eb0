-- Bookings as the notifier follows them (own events, own merge): kept until 48 hours after they end.
create table watched_bookings (
    operator_id text not null,
    booking_id text not null,
    document bytea not null,
    ended boolean not null,
    updated_at timestamptz not null,
    primary key (operator_id, booking_id)
);

create index watched_bookings_by_age on watched_bookings (updated_at);

create table alerts (
    alert_id uuid primary key,
    operator_id text not null,
    booking_id text not null,
    state text not null,
    kind text not null,
    decision text not null,
    score int not null,
    pattern text not null,
    reasons bytea not null,
    act_before timestamptz,
    deadline timestamptz not null,
    booking_version bigint not null,
    assessment_id uuid not null,
    change int not null,
    raised_at timestamptz not null,
    updated_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at timestamptz,
    close_reason text
);

create index alerts_unclosed on alerts (operator_id, deadline) where state <> 'closed';
create index alerts_closed on alerts (operator_id, closed_at desc) where state = 'closed';

-- What is to be told, on which channel, by when. `body` is what every attempt sends.
create table deliveries (
    delivery_id uuid primary key,
    alert_id uuid not null,
    operator_id text not null,
    booking_id text not null,
    channel text not null,
    state text not null default 'due',
    body bytea not null,
    deadline timestamptz not null,
    due_at timestamptz not null,
    leased_until timestamptz,
    attempts int not null default 0,
    created_at timestamptz not null,
    first_attempt_at timestamptz,
    delivered_at timestamptz,
    last_error text
);

create index deliveries_due on deliveries (deadline) where state = 'due';
create index deliveries_of_alert on deliveries (alert_id);

-- Steps of alerts on their way to the operators' feed.
create table feed (
    event_id uuid primary key,
    position bigint generated always as identity,
    operator_id text not null,
    booking_id text not null,
    at timestamptz not null,
    body bytea not null,
    published boolean not null default false
);

create index feed_waiting on feed (position) where not published;
create index feed_of_booking on feed (operator_id, booking_id, position);

create table console_keys (
    key_id text primary key,
    operator_id text not null,
    holder text not null,
    secret_sha256 bytea not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

-- Signing secrets, encrypted with a key that is not in the database.
create table secrets (
    operator_id text not null,
    name text not null,
    sealed bytea not null,
    updated_at timestamptz not null default now(),
    primary key (operator_id, name)
);
