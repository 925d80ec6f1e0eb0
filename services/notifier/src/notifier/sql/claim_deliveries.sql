-- What is due, for this worker alone until the lease ends: on each channel as many as it has room for ('*' stands for
-- channels that this deployment does not have). First what can still be in time, then by claim_by. Channels are asked
-- for one by one, so that each is a range of the index by channel and due_at. Of doors that are shut (an operator's on a
-- channel, or with '*' the whole channel's) only what is past its time is taken, as many as $8 gives the channel.
-- Who has the job now is told to the operator's system after what it has to be told of the alert before.
with known as (
    select c.delivery_id
    from unnest($3::text[], $4::int[]) as lane (channel, free)
    cross join lateral (
        select o.delivery_id from deliveries o
        where o.state = 'due' and o.channel = lane.channel and o.due_at <= $1
          and (o.leased_until is null or o.leased_until < $1)
          and not exists (
              select 1 from unnest($6::text[], $7::text[]) as shut (channel, operator_id)
              where shut.channel = o.channel and shut.operator_id in (o.operator_id, '*')
          )
          and (
              o.telling <> 'driver' or o.channel <> 'webhook'
              or not exists (
                  select 1 from deliveries e
                  where e.alert_id = o.alert_id and e.channel = 'webhook' and e.telling <> 'command'
                    and e.state = 'due' and e.change < o.change
              )
          )
        order by (o.deadline <= $1), o.claim_by, o.delivery_id
        limit lane.free
        for update skip locked
    ) as c
),
past as (
    select c.delivery_id
    from (select distinct channel from unnest($6::text[]) as shut (channel)) as lane
    cross join lateral (
        select o.delivery_id from deliveries o
        where o.state = 'due' and o.channel = lane.channel and o.due_at <= $1
          and (o.leased_until is null or o.leased_until < $1)
          and least(o.give_up_at, o.deadline) <= $1
          and exists (
              select 1 from unnest($6::text[], $7::text[]) as shut (channel, operator_id)
              where shut.channel = o.channel and shut.operator_id in (o.operator_id, '*')
          )
        order by o.claim_by, o.delivery_id
        limit $8
        for update skip locked
    ) as c
),
others as (
    select o.delivery_id from deliveries o
    where o.state = 'due' and o.channel <> all ($5::text[]) and o.due_at <= $1
      and (o.leased_until is null or o.leased_until < $1)
    order by (o.deadline <= $1), o.claim_by, o.delivery_id
    limit (select coalesce(sum(lane.free), 0) from unnest($3::text[], $4::int[]) as lane (channel, free)
           where lane.channel = '*')
    for update skip locked
)
update deliveries d
set leased_until = $1::timestamptz + make_interval(secs => $2), attempts = attempts + 1,
    first_attempt_at = coalesce(first_attempt_at, $1)
from (
    select delivery_id from known union all select delivery_id from past union all select delivery_id from others
) as claimed
where d.delivery_id = claimed.delivery_id
returning d.delivery_id, d.alert_id, d.operator_id, d.booking_id, d.channel, d.body, d.deadline, d.attempts,
    d.created_at, d.change, d.rung, d.telling, d.audience, d.recipient, d.due_at, d.give_up_at, d.opens, d.closes,
    d.urgent, d.claim_by
