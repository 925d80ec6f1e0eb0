-- With all that was told and commanded of them.
with untold as (
    delete from deliveries where alert_id = any($1::uuid[])
), uncommanded as (
    delete from commands where alert_id = any($1::uuid[])
)
delete from alerts where alert_id = any($1::uuid[])
