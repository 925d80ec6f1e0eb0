-- The phone that each driver used last.
select distinct on (p.operator_id, p.driver) p.operator_id, p.driver, p.sealed
from push_subscriptions p
join unnest($1::text[], $2::text[]) as g (operator_id, driver) using (operator_id, driver)
order by p.operator_id, p.driver, p.seen_at desc
