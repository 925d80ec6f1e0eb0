insert into marks (booking, mark, at)
select * from unnest($1::bigint[], $2::smallint[], $3::timestamptz[])
on conflict do nothing
