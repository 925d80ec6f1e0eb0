-- squawk-ignore-file require-concurrent-index-creation
-- A migration is one transaction, which has no concurrent indexes; deliveries are thousands of rows, not millions.

-- When the driver last asked to be called.
alter table alerts add column call_wanted_at timestamptz;

-- A reply by text is about the newest text to its number.
create index deliveries_texted on deliveries (created_at) where channel = 'sms' and audience = 'driver';
