-- Joined rather than compared with a list: of a small table the list was gone through for every row.
select booking, mark, at from unnest($1::text::bigint[]) as wanted (booking) join marks using (booking)
