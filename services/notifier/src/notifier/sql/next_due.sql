-- When something is due next on a channel that has a free slot, of what is due before $2.
select min(greatest(due_at, coalesce(leased_until, due_at))) from deliveries
where state = 'due' and channel <> all ($1::text[]) and due_at <= $2
