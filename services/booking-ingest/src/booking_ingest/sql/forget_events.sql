delete from received_events
where ctid = any (
    array(select ctid from received_events where received_at < now() - make_interval(days => $1) limit 5000)
)
