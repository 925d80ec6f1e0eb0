-- What was known of a place, by keyed hash of its address: an operator's own word on one of its bookings, or what a
-- lookup answered ('unknown': it found nothing). Read as of a moment; no address is kept.
create table premises_known (
    place bigint not null,
    at timestamptz not null,
    source text not null,
    kind text not null,
    residential text not null,
    confidence double precision not null,
    primary key (place, at, source, kind)
);

-- What expires is found by its age.
create index premises_known_by_age on premises_known using brin (at);
