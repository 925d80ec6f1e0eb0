-- What was booked is forgotten 48 hours after a booking has ended (ADR 0080). Its row stays, so that versions go on
-- counting, and its steps stay with what was decided. A scorer of before would take such a booking for a broken one: end
-- all of them first.
-- squawk-ignore ban-drop-not-null
alter table bookings alter column state drop not null;
-- squawk-ignore ban-drop-not-null
alter table steps alter column event drop not null;

-- When a booking was last written: by the clock that all workers share, and not by when its event came in. A worker that
-- is behind would otherwise write what has been passed already.
alter table bookings alter column updated_at set default now();

-- A few bytes for each megabyte of bookings, and no look into a tree for a booking that is written.
-- squawk-ignore require-concurrent-index-creation
create index bookings_by_age on bookings using brin (updated_at) with (autosummarize = on);

-- Up to which moment all is forgotten that was to be, by what it is.
create table forgetting (
    what text primary key,
    reached timestamptz not null
);

insert into forgetting (what, reached)
select what, coalesce(least(oldest, now()), now()) - interval '1 second'
from (
    values
    ('content', (select min(updated_at) from bookings)),
    ('decisions', (select min(updated_at) from bookings)),
    ('marks', (select min(at) from marks))
) as kept (what, oldest);
