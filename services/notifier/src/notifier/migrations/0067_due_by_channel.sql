-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- A migration is one transaction, which has no concurrent indexes; deliveries are thousands of rows, not millions.

-- What is due on a channel is found without passing over all that waits for its time: later rungs of every open alert.
-- The order of claiming is sorted from what is due, for which the index by claim_by was no use.
create index deliveries_due_at on deliveries (channel, due_at) where state = 'due';

drop index deliveries_due;
