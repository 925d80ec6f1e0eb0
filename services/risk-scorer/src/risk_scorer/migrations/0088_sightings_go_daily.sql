-- Sightings that have expired are deleted once a day, before the partition that they lie in can be dropped (ADR 0088).
insert into forgetting (what, reached) values ('sightings', now() - interval '45 days');

-- In which partition a moment lies; null when there is none.
create function sightings_partition_of(moment timestamptz) returns regclass
language sql
stable
begin atomic
    select to_regclass(format('sightings_of_%s', floor(extract(epoch from moment) / 1296000)::bigint));
end;
