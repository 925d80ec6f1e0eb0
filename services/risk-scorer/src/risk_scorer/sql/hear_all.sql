-- To the open bookings of these partitions anything could matter, until they are judged anew.
update open_bookings as o set hears = default
from (
    select booking from open_bookings where partition = any($1::int[]) order by booking for update
) as held
where o.booking = held.booking
