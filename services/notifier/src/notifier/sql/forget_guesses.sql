delete from guesses where updated_at < $1
