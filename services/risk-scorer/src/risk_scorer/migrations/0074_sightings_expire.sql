-- Partitions that lie whole before a moment are dropped; returns how many. One that somebody is reading just then is left
-- for the next time: waiting for it would keep everybody who comes after waiting too.
create function drop_sighting_partitions(before timestamptz) returns int
language plpgsql
set lock_timeout = '500ms'
as $$
declare
    span constant bigint := 1296000;
    expired text;
    dropped int := 0;
begin
    for expired in
        select c.relname
        from pg_inherits as i
        join pg_class as c on c.oid = i.inhrelid
        where i.inhparent = 'sightings'::regclass
            and to_timestamp((substring(c.relname from '^sightings_of_(\d+)$')::bigint + 1) * span) <= before
        order by c.relname
    loop
        begin
            execute format('drop table %I', expired);
            dropped := dropped + 1;
        exception
            -- It is being read, or another worker has dropped it meanwhile.
            when lock_not_available or undefined_table then null;
        end;
    end loop;
    return dropped;
end
$$;
