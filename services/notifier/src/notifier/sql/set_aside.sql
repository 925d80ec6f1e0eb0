-- set_aside
-- Again after half a minute, then after twice as long each time, an hour at most; $7 says that nothing does it again, and
-- then it stands from the last time on.
insert into set_aside (work, row_id, operator_id, booking_id, reason, tries, since, again_at)
values ($1, $2, $3, $4, $5, 1, $6, $6::timestamptz + interval '30 seconds')
on conflict (work, row_id) do update set
    reason = excluded.reason,
    tries = set_aside.tries + 1,
    since = case when $7 then excluded.since else set_aside.since end,
    again_at = $6::timestamptz + least(interval '30 seconds' * power(2, least(set_aside.tries, 12)), interval '1 hour')
