delete from asked_again where at < $1::timestamptz - interval '1 day'
