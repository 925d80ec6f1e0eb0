-- Ended 48 hours ago, or never heard of again for a month.
delete from watched_bookings
where ctid = any (
    array(
        select ctid from watched_bookings
        where (ended and updated_at < $1::timestamptz - interval '48 hours')
           or updated_at < $1::timestamptz - interval '30 days'
        limit 2000
    )
)
