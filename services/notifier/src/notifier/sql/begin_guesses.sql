insert into guesses (subject, times, updated_at)
select subject, '{}', $2 from unnest($1::bytea[]) with ordinality as given (subject, place) order by place
on conflict (subject) do nothing
