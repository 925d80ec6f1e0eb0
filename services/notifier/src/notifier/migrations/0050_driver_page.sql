-- What drivers tapped on their page: each tap has a key that its phone made, and counts once.
create table driver_answers (
    alert_id uuid not null,
    answer_key uuid not null,
    driver text not null,
    said text not null,
    tapped_at timestamptz not null,
    at timestamptz not null,
    primary key (alert_id, answer_key)
);

create index driver_answers_by_age on driver_answers (at);

-- Phones that asked to be warned: the browser's push subscription, encrypted with a key that is not in the database.
create table push_subscriptions (
    operator_id text not null,
    driver text not null,
    endpoint_sha256 bytea not null,
    sealed bytea not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    primary key (operator_id, driver, endpoint_sha256)
);

create index push_subscriptions_of_endpoint on push_subscriptions (endpoint_sha256);
create index push_subscriptions_by_age on push_subscriptions (seen_at);
