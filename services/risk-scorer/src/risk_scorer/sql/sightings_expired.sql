select least($1::timestamptz, now() - $2::interval)
