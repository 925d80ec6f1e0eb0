select drill_id from drills where ended_at is null and deadline < $1 order by sent_at limit 20
