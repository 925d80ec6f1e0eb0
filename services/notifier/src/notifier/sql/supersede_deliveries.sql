-- What an alert said before it changed is not worth telling any more.
update deliveries d
set state = 'superseded'
from unnest($1::uuid[], $2::uuid[]) as g (alert_id, delivery_id)
where d.alert_id = g.alert_id and d.delivery_id <> g.delivery_id and d.state = 'due'
  and (d.leased_until is null or d.leased_until < now())
