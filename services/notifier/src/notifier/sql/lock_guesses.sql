select subject, times from guesses where subject = any($1::bytea[]) order by subject for update
