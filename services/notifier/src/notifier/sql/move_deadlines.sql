update deliveries d
set deadline = g.deadline
from unnest($1::uuid[], $2::timestamptz[]) as g (alert_id, deadline)
where d.alert_id = g.alert_id and d.state = 'due' and d.deadline <> g.deadline
