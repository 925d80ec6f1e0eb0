update guesses set times = $2, updated_at = $3 where subject = $1
