-- Deliveries whose provider has not said in time that they arrived, but for those that are set aside for now.
select d.delivery_id, d.operator_id, d.booking_id, s.row_id is not null
from deliveries d
left join set_aside s on s.work = 'receipt' and s.row_id = d.delivery_id
where d.state = 'sent' and d.give_up_at <= $1 and (s.again_at is null or s.again_at <= $1)
order by d.give_up_at
limit $2
