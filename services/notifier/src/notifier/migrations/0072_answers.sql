-- Of what is told to a driver: who had the job when it was told, by the operator's id. Whoever answers later, when it is
-- another's, answers for nobody.
alter table deliveries add column driver text;

-- What can still be answered: by text, for twelve hours. '' is a driver whom another has followed already.
update deliveries d
set driver = case
    when exists (select 1 from deliveries n where n.alert_id = d.alert_id and n.telling = 'driver' and n.change > d.change)
    then '' else a.driver end
from alerts a
where a.alert_id = d.alert_id and d.audience = 'driver' and d.created_at > now() - interval '12 hours';

-- Calls that were worded before a key meant the same as a text say "Press 1 to say that you have understood", and 1 now
-- means "I have it": they ask for what every call asks for instead. The hint is the body's last field; what stands in
-- another field has its quotes escaped.
update deliveries
set body = convert_to(
    regexp_replace(convert_from(body, 'UTF8'), ',"hint":"([^"\\]|\\.)*"\}$', '}'), 'UTF8'
)
where channel = 'voice' and state = 'due' and length(body) > 0;
