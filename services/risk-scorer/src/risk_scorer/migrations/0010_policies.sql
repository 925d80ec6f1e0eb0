-- Every ruleset that was published, in order: the topic keeps only the newest of each name.
create table rulesets (
    id bigint generated always as identity primary key,
    name text not null,
    version text not null,
    fingerprint text not null,
    text text not null,
    published_at timestamptz not null,
    published_by text not null,
    note text not null default ''
);
create index rulesets_newest on rulesets (name, id desc);

-- What each worker judges by, written every few seconds; one that is gone falls silent and is removed after a day.
create table workers (
    worker_id text primary key,
    ruleset_name text not null,
    version text not null,
    fingerprint text not null,
    since timestamptz not null,
    seen_at timestamptz not null,
    fault text,
    overrides int not null,
    entries int not null,
    assessed bigint not null,
    shadow jsonb not null
);
