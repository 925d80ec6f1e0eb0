insert into premises_known (place, at, source, kind, residential, confidence)
select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::float8[])
on conflict do nothing
