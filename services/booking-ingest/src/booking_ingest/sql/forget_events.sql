-- In the index's order: else the planner, told last of many old rows, reads the table from its start to meet them.
delete from received_events
where ctid = any (
    array(
        select ctid from received_events
        where received_at < now() - make_interval(days => $1)
        order by received_at
        limit 5000
    )
)
