-- The last of the hourly drills that ended before this one; what a person has run by hand was told to that person alone.
select drill_id, sent_at, deadline, accepted, raised, attempted, delivered, ended_at from drills
where ended_at is not null and slot is not null and sent_at > $1 and sent_at < $2
order by sent_at desc
limit 1
