delete from guesses where subject = $1
