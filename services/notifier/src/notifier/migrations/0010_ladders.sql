-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- A migration is one transaction, which has no concurrent indexes; alerts and deliveries are thousands of rows, not millions.

-- Alerts: how far the news has got, expiry, rationing, commands, findings.
alter table alerts
    add column reach text not null default 'untold',
    add column told_at timestamptz,
    add column escalated_to text,
    add column expired_at timestamptz,
    add column rationed boolean not null default false,
    add column driver text,
    add column driver_acknowledged_at timestamptz,
    add column command text,
    add column command_id uuid,
    add column command_state text,
    add column commands int not null default 0,
    add column confirm_by timestamptz,
    add column finding text,
    add column found_at timestamptz,
    add column clear_reason text,
    add column police_reference text;

-- What the sweep looks for: warnings past their deadline, commands past their time.
create index alerts_to_expire on alerts (deadline)
where state = 'open' and decision in ('warn', 'hold_recommended');

create index alerts_unconfirmed on alerts (confirm_by) where command_state = 'requested';

-- Deliveries become rungs of a ladder: to whom, when to begin, when to give the channel up. `claim_by` is the order
-- of claiming: the deadline, earlier for what must not wait. Shares are parts of the window from created_at to deadline.
alter table deliveries
    add column change int not null default 0,
    add column rung int not null default 0,
    add column telling text not null default 'warning',
    add column audience text not null default 'dispatcher',
    add column recipient text not null default 'system',
    add column give_up_at timestamptz,
    add column opens double precision,
    add column closes double precision not null default 1,
    add column claim_by timestamptz,
    add column urgent boolean not null default false,
    add column provider_id text,
    add column receipt_at timestamptz;

update deliveries set give_up_at = deadline, claim_by = deadline;

drop index deliveries_due;

create index deliveries_due on deliveries (channel, claim_by) where state = 'due';

create index deliveries_sent on deliveries (give_up_at) where state = 'sent';

create index deliveries_to_blank on deliveries (created_at) where state <> 'due' and length(body) > 0;
