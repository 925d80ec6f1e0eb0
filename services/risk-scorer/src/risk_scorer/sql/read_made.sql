-- Every assessment of one booking with what was kept beside it, oldest first.
select version, assessment, signals, assessed_at
from (
    select version, assessment, signals, assessed_at from steps
    where operator_id = $1 and booking_id = $2 and assessment is not null
    union all
    select version, assessment, signals, assessed_at from reassessments
    where operator_id = $1 and booking_id = $2
) as made
order by version
