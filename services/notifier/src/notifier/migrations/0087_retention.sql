-- squawk-ignore-file require-concurrent-index-creation
-- A migration is one transaction, which has no concurrent indexes. It is run while no notifier is.

-- What is forgotten is found by when it was written last.
create index alerts_by_age on alerts (updated_at) where finding is distinct from 'confirmed_scam';
create index feed_by_age on feed (at);
create index outcomes_by_age on outcomes (at);
