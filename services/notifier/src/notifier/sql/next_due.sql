-- When something is due next at a door that is not shut (an operator's on a channel, or with '*' the whole channel's), of
-- what is due before $1.
select min(greatest(due_at, coalesce(leased_until, due_at))) from deliveries
where state = 'due' and due_at <= $1
  and not exists (
      select 1 from unnest($2::text[], $3::text[]) as shut (channel, operator_id)
      where shut.channel = deliveries.channel and shut.operator_id in (deliveries.operator_id, '*')
  )
  and (
      telling <> 'driver' or channel <> 'webhook'
      or not exists (
          select 1 from deliveries e
          where e.alert_id = deliveries.alert_id and e.channel = 'webhook' and e.telling <> 'command'
            and e.state = 'due' and e.change < deliveries.change
      )
  )
