-- Drills: made-up bookings that go the whole way. `slot` is the hour of a scheduled one, so that one worker runs it.
create table drills (
    drill_id text primary key,
    slot timestamptz unique,
    sent_at timestamptz not null,
    deadline timestamptz not null,
    accepted timestamptz,
    raised timestamptz,
    attempted timestamptz,
    delivered timestamptz,
    ended_at timestamptz
);

create index drills_by_time on drills (sent_at);
