delete from marks where booking = any($1::bigint[])
