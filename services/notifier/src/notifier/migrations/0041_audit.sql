-- The audit: entries of each operator numbered without a gap, each holding the hash of the one before it.
create table audit (
    operator_id text not null,
    number bigint not null,
    note_id uuid not null unique,
    at timestamptz not null,
    kind text not null,
    actor text,
    booking_id text,
    body text not null,
    previous bytea not null,
    hash bytea not null,
    primary key (operator_id, number)
);

create index audit_of_booking on audit (operator_id, booking_id, number) where booking_id is not null;
create index audit_by_time on audit (operator_id, at);

-- Where each chain ends: what a writer locks before it adds.
create table audit_heads (
    operator_id text primary key,
    number bigint not null,
    hash bytea not null
);

-- Once a day each chain's end is signed with a key that is not in the database.
create table checkpoints (
    operator_id text not null,
    number bigint not null,
    hash bytea not null,
    at timestamptz not null,
    day date not null,
    key_id text not null,
    signature bytea not null,
    primary key (operator_id, day)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

-- What is older than twelve months may go: a checkpoint stands in for it.
create function refuse_young() returns trigger language plpgsql as $$
begin
    if old.at > now() - interval '12 months' then
        raise exception '% is kept for twelve months', tg_table_name using errcode = 'insufficient_privilege';
    end if;
    return old;
end
$$;

create trigger audit_never_changes before update on audit for each statement execute function refuse_change();
create trigger audit_never_emptied before truncate on audit for each statement execute function refuse_change();
create trigger audit_kept before delete on audit for each row execute function refuse_young();

create trigger checkpoints_never_change before update or delete on checkpoints
for each statement execute function refuse_change();
create trigger checkpoints_never_emptied before truncate on checkpoints
for each statement execute function refuse_change();
