-- Bookings as merged so far, the steps that made them, and who was seen on which booking (keyed hashes only).

create table bookings (
    operator_id text not null,
    booking_id text not null,
    version bigint not null,
    state bytea not null,
    by_revision boolean not null,
    revision bigint not null,
    occurred_at timestamptz not null,
    seq bigint not null,
    updated_at timestamptz not null,
    primary key (operator_id, booking_id)
) with (fillfactor = 70);

-- One row an event: what arrived, and the assessment that it led to. The key makes a re-read harmless.
create table steps (
    operator_id text not null,
    booking_id text not null,
    event_id text not null,
    seq bigint not null,
    event bytea not null,
    version bigint not null,
    assessment_id uuid,
    assessment bytea,
    signals bytea,
    assessed_at timestamptz not null,
    primary key (operator_id, booking_id, event_id)
);

create table sightings (
    entity bigint not null,
    at timestamptz not null,
    booking bigint not null,
    operator int not null,
    role smallint not null,
    shape int not null,
    home bigint not null,
    dropoff bigint not null,
    booker bigint not null
) partition by range (at);

-- One index serves the look-up, and makes a sighting that is written twice one row.
create unique index sightings_once on sightings (entity, at desc, booking, role);

-- What was fetched from homes, by entity: a hub's other traffic is passed over without being read.
create index sightings_from_homes on sightings (entity, at desc) where home <> 0 and shape & 1 = 1;

create table sightings_other partition of sightings default;

-- What became of a booking that others may be linked to: refused, warned about, held.
create table marks (
    booking bigint not null,
    mark smallint not null,
    at timestamptz not null,
    primary key (booking, mark)
);

-- Partitions of ten days, so that what expires is dropped whole and a look-up touches four at the most.
create function ensure_sighting_partitions(from_at timestamptz, to_at timestamptz) returns void
language plpgsql as $$
declare
    span constant bigint := 864000;
    slot bigint := floor(extract(epoch from from_at) / span);
begin
    while slot * span <= extract(epoch from to_at) loop
        if to_regclass(format('sightings_%s', slot)) is null then
            begin
                execute format(
                    'create table sightings_%s partition of sightings for values from (%L) to (%L)',
                    slot, to_timestamp(slot * span), to_timestamp((slot + 1) * span)
                );
            exception
                -- Another worker was first, or rows of that span already wait in the default partition.
                when duplicate_table or check_violation then null;
            end;
        end if;
        slot := slot + 1;
    end loop;
end
$$;
