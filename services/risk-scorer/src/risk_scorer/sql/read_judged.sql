-- Assessments since a moment, by booking, drills left out; of those about which something was found, the ones before the first finding.
select s.operator_id, s.booking_id, s.assessment, s.signals
from (
    select operator_id, booking_id, version, assessment, signals, assessed_at from steps
    union all
    select operator_id, booking_id, version, assessment, signals, assessed_at from reassessments
) as s
left join (
    select operator_id, booking_id, min(received_at) as at
    from outcomes
    where finding <> 'unknown'
    group by operator_id, booking_id
) as finding using (operator_id, booking_id)
where s.assessed_at >= $1
    and s.operator_id <> 'pickup-drill'
    and s.assessment is not null
    and (finding.at is null or s.assessed_at < finding.at)
order by s.operator_id, s.booking_id, s.version
