-- With all that was told and commanded of them. One that somebody holds is left for the next time.
with old as materialized (
    select alert_id from alerts
    where updated_at < $1 and finding is distinct from 'confirmed_scam'
    order by updated_at
    limit 500
    for update skip locked
), untold as (
    delete from deliveries where alert_id in (select alert_id from old)
), uncommanded as (
    delete from commands where alert_id in (select alert_id from old)
)
delete from alerts where alert_id in (select alert_id from old)
