select booking, mark, at from marks where booking = any($1::text::bigint[])
