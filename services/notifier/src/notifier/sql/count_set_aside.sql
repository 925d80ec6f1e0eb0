select work, count(*) from set_aside group by work
