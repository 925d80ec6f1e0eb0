-- People who sign in: with a password of their own, or vouched for by an OpenID provider (issuer and subject).
create table people (
    person_id uuid primary key,
    operator_id text not null,
    login text not null unique,
    display_name text not null,
    role text not null,
    password_hash text,
    issuer text,
    subject text,
    created_at timestamptz not null,
    disabled_at timestamptz,
    -- A link to choose a password, once: the hash of its token, and until when.
    setup_sha256 bytea unique,
    setup_until timestamptz,
    unique (issuer, subject)
);

create index people_of_operator on people (operator_id, login);

-- Signed-in browsers. Only the hash of what the cookie holds is kept.
create table sessions (
    session_id uuid primary key,
    token_sha256 bytea not null unique,
    person_id uuid references people (person_id),
    key_id text references console_keys (key_id),
    created_at timestamptz not null,
    seen_at timestamptz not null,
    revoked_at timestamptz,
    check (num_nonnulls(person_id, key_id) = 1)
);

create index sessions_of_person on sessions (person_id);
create index sessions_by_age on sessions (created_at);

-- Guesses at passwords, by keyed hash of the login or of the address that they came from.
create table guesses (
    subject bytea primary key,
    times timestamptz[] not null,
    updated_at timestamptz not null
);

create index guesses_by_age on guesses (updated_at);

-- Who looked at what. Kept for twelve months.
create table views (
    view_id bigint generated always as identity primary key,
    at timestamptz not null,
    operator_id text not null,
    subject text not null,
    holder text not null,
    kind text not null,
    booking_id text
);

create index views_of_operator on views (operator_id, at desc);
create index views_by_age on views (at);

alter table console_keys add column role text not null default 'dispatcher';
