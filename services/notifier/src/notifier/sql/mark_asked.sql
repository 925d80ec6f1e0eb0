insert into asked_again (alert_id, at) select unnest($1::uuid[]), $2 on conflict do nothing
