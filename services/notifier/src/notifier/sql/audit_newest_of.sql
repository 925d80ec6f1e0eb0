select kind, body from audit
where operator_id = $1 and at >= $2 and kind = any ($3::text[])
order by at desc, number desc
limit 1
