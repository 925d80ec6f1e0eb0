-- The newest of each source that was known of a place at a moment, and is not forgotten.
select wanted.n, k.source, k.at, k.kind, k.residential, k.confidence
from unnest($1::int[], $2::bigint[], $3::timestamptz[]) as wanted (n, place, until)
cross join lateral (
    select * from premises_known
    where premises_known.place = wanted.place
        and premises_known.at <= wanted.until
        and premises_known.at > wanted.until - $4::interval
    order by premises_known.at desc, premises_known.confidence desc, premises_known.kind
    limit 1
) as k
