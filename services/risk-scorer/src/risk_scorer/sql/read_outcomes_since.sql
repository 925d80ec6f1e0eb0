select operator_id, booking_id, at, received_at, reported_by, action, finding, clear_reason, observations, takes_back
from outcomes
where received_at >= $1 and operator_id <> 'pickup-drill'
