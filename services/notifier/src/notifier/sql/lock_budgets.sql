select operator_id, driver, tokens, at
from alert_budgets b
join unnest($1::text[], $2::text[]) as g (operator_id, driver) using (operator_id, driver)
order by 1, 2
for update of b
