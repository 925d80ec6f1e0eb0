-- squawk-ignore-file require-concurrent-index-creation
-- A migration is one transaction, which has no concurrent indexes; alerts are thousands of rows, not millions.

-- Bookings that are over, whose driver was asked once more how they ended.
create table asked_again (
    alert_id uuid primary key,
    at timestamptz not null
);

create index asked_again_by_age on asked_again (at);

create index alerts_just_over on alerts (closed_at)
where state = 'closed' and close_reason in ('delivered', 'cancelled', 'failed', 'returned');
