-- squawk-ignore-file require-concurrent-index-creation
-- A migration is one transaction, which has no concurrent indexes. It is run while no notifier is.

-- When a person said that the record of a confirmed scam need not be kept longer than that of others.
alter table alerts add column record_released_at timestamptz;

-- What is forgotten is found by when it was written last.
create index alerts_by_age on alerts (updated_at)
where finding is distinct from 'confirmed_scam' or record_released_at is not null;
create index feed_by_age on feed (at);
create index outcomes_by_age on outcomes (at);
