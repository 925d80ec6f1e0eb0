-- When something is due next on a channel that has a free slot.
select min(greatest(due_at, coalesce(leased_until, due_at))) from deliveries
where state = 'due' and channel <> all ($1::text[])
