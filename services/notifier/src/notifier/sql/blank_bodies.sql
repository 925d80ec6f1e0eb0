-- What was told is kept with the booking's own retention: 48 hours after it, addresses and words go.
update deliveries set body = ''
where ctid = any (
    array(
        select ctid from deliveries
        where state <> 'due' and length(body) > 0 and created_at < $1::timestamptz - interval '48 hours'
        limit 2000
    )
)
