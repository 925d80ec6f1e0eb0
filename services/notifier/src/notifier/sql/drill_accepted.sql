update drills set accepted = $2 where drill_id = $1
