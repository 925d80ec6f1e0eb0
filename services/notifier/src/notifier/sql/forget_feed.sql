-- What is on its topic goes when the topic forgets it; what never got there, with its alert.
delete from feed
where event_id = any (
    array(
        select event_id from feed
        where at < $1::timestamptz - interval '30 days'
          and (published or at < $1::timestamptz - interval '365 days')
        order by at
        limit 2000
    )
)
