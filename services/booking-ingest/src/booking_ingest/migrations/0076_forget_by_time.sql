-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- A migration is one transaction, which has no concurrent indexes; a million remembered events take under a second.

-- What is forgotten makes room in the middle of the table, where new events go: after as many days as events are
-- remembered, every range of pages holds old and new ones, and a BRIN index, whose ranges never shrink, excludes none.
create index received_events_by_time on received_events (received_at);

drop index received_events_by_age;
