update drills set ended_at = $2 where drill_id = $1 and ended_at is null returning drill_id
