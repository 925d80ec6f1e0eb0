-- What drivers and offices found. No comment, no police reference and nothing that names anybody is kept here: codes
-- only, so that they may stay as long as decisions do (12 months).
create table outcomes (
    outcome_id uuid primary key,
    operator_id text not null,
    booking_id text not null,
    at timestamptz not null,
    received_at timestamptz not null,
    reported_by text not null,
    action text,
    finding text not null,
    clear_reason text,
    observations text[] not null,
    takes_back boolean not null
);

create index outcomes_of_booking on outcomes (operator_id, booking_id);
