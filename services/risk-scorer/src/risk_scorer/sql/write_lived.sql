insert into policies_lived (partition, edition) select unnest($1::int[]), $2
on conflict (partition) do update set edition = excluded.edition
