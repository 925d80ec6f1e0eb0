delete from driver_answers where at < $1::timestamptz - interval '90 days'
