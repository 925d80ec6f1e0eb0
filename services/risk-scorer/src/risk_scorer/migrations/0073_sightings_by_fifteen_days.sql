-- Partitions of fifteen days, and none that takes whatever fits no other (ADR 0073): a month's look goes through three of
-- them, newest first, and stops when it has enough. With ten days and a default one it went through all, and sorted.
-- squawk-ignore ban-drop-function
drop function ensure_sighting_partitions(timestamptz, timestamptz);
-- squawk-ignore renaming-table
alter table sightings rename to sightings_before;
-- squawk-ignore renaming-object
alter index sightings_once rename to sightings_once_before;
-- squawk-ignore renaming-object
alter index sightings_from_homes rename to sightings_from_homes_before;

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

-- The partitions in which these moments lie.
create function ensure_sighting_partitions(moments timestamptz[]) returns void
language plpgsql as $$
declare
    span constant bigint := 1296000;
    slot bigint;
begin
    for slot in select distinct floor(extract(epoch from moment) / span)::bigint from unnest(moments) as moment loop
        if to_regclass(format('sightings_of_%s', slot)) is null then
            begin
                execute format(
                    'create table sightings_of_%s partition of sightings for values from (%L) to (%L)',
                    slot, to_timestamp(slot * span), to_timestamp((slot + 1) * span)
                );
            exception
                -- Another worker was first.
                when duplicate_table then null;
            end;
        end if;
    end loop;
end
$$;

-- What is older is never asked for. Indexes come after the rows, as in a restore.
select ensure_sighting_partitions(array_agg(distinct date_trunc('day', at)))
from sightings_before
where at > now() - interval '45 days';
insert into sightings select * from sightings_before where at > now() - interval '45 days' order by at;
-- squawk-ignore ban-drop-table
drop table sightings_before;

-- One index serves the look-up, and makes a sighting that is written twice one row.
create unique index sightings_once on sightings (entity, at desc, booking, role);

-- What was fetched from homes, by entity: a hub's other traffic is passed over without being read.
create index sightings_from_homes on sightings (entity, at desc) where home <> 0 and shape & 1 = 1;
