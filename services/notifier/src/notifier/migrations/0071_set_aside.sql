-- What a loop could not do of one row, and why: left alone until `again_at`, so that the rest goes on. `work` says what
-- was to be done, `row_id` names the row: an alert, a delivery, a step or an outcome. No personal data.
create table set_aside (
    work text not null,
    row_id uuid not null,
    operator_id text not null,
    booking_id text not null,
    reason text not null,
    tries bigint not null,
    since timestamptz not null,
    again_at timestamptz not null,
    primary key (work, row_id)
);

create index set_aside_of_operator on set_aside (operator_id, since);
