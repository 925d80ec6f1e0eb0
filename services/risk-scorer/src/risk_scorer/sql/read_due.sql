-- What is to be judged again in these partitions (all where none are named), oldest first, with the booking and its
-- newest assessment. What belongs to no partition is anybody's.
select
    d.operator_id, d.booking_id, d.partition, d.cause, d.asked_at, b.version, b.state,
    (
        select made.assessment
        from (
            select s.version, s.assessment from steps as s
            where s.operator_id = d.operator_id and s.booking_id = d.booking_id and s.assessment is not null
            union all
            select r.version, r.assessment from reassessments as r
            where r.operator_id = d.operator_id and r.booking_id = d.booking_id
        ) as made
        order by made.version desc
        limit 1
    ) as newest
from reassessments_due as d
join bookings as b using (operator_id, booking_id)
where ($1::int[] is null or d.partition = any($1) or d.partition is null)
    and b.state is not null
    and (d.not_before is null or d.not_before <= $2)
order by d.asked_at
limit $3
