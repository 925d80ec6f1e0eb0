-- What is on its topic is kept there; here it only serves the alert's own page, as long as the topic keeps it.
delete from outcomes where published and at < $1::timestamptz - interval '90 days'
