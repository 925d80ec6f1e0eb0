-- Of what was reported long ago: bookings that somebody called a confirmed scam, and those of which nothing else is
-- stored. To take a finding back keeps nothing for longer. An open one is left alone.
select o.operator_id, o.booking_id
from outcomes as o
left join bookings as b using (operator_id, booking_id)
where b.updated_at is null or b.updated_at <= $1
group by o.operator_id, o.booking_id
having case
    when bool_or(b.updated_at is null) then coalesce(max(o.received_at) filter (where not o.takes_back), max(o.received_at)) <= $1
    else bool_or(o.finding = 'confirmed_scam')
end
except
select operator_id, booking_id from open_bookings
