-- What could still matter to these open bookings. Locked in order: two workers may hold some of the same.
update open_bookings as o set hears = held.hears
from (
    select booking, hears.kinds as hears
    from unnest($1::text::bigint[], $2::text::smallint[]) as hears (booking, kinds)
    join open_bookings using (booking)
    where open_bookings.hears <> hears.kinds
    order by booking
    for update of open_bookings
) as held
where o.booking = held.booking
