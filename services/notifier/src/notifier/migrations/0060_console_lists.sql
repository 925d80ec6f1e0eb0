-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- A migration is one transaction, which has no concurrent indexes; alerts are thousands of rows, not millions.

-- The page's order of what waits, so that the first hundred of thousands are read and no others.
create index alerts_waiting on alerts
(operator_id, (decision = 'review'), rationed, (state = 'acknowledged'), deadline, alert_id)
where state <> 'closed';

-- Search, newest first, page by page.
create index alerts_newest on alerts (operator_id, raised_at desc, alert_id desc);
create index alerts_by_booking on alerts (operator_id, booking_id text_pattern_ops);
create index alerts_by_driver on alerts (operator_id, driver, raised_at desc, alert_id desc) where driver is not null;
