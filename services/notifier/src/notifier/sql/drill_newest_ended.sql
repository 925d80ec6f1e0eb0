select drill_id, sent_at, deadline, accepted, raised, attempted, delivered, ended_at from drills
where ended_at is not null and sent_at > $1
order by sent_at desc
limit 1
