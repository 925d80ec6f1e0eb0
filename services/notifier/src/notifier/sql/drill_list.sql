select drill_id, sent_at, deadline, accepted, raised, attempted, delivered, ended_at from drills order by sent_at desc limit $1
