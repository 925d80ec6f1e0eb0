-- Hold, release, recall: commands to the operator's system and what it answered.
create table commands (
    correlation_id uuid primary key,
    alert_id uuid not null,
    operator_id text not null,
    booking_id text not null,
    command text not null,
    requested_by text not null,
    requested_at timestamptz not null,
    confirm_by timestamptz not null,
    state text not null,
    answered_at timestamptz,
    answered_by text
);

create index commands_of_alert on commands (alert_id, requested_at);

-- What people found, on its way to pickup.outcomes.v1.
create table outcomes (
    event_id uuid primary key,
    position bigint generated always as identity,
    operator_id text not null,
    booking_id text not null,
    at timestamptz not null,
    body bytea not null,
    published boolean not null default false
);

create index outcomes_waiting on outcomes (position) where not published;

create index outcomes_of_booking on outcomes (operator_id, booking_id, position);

-- What is left of the alert budgets. `driver` is the operator's own id of one, empty for the operator's whole budget.
create table alert_budgets (
    operator_id text not null,
    driver text not null,
    tokens double precision not null,
    at timestamptz not null,
    primary key (operator_id, driver)
);
