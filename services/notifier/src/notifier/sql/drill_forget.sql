delete from drills where sent_at < $1
