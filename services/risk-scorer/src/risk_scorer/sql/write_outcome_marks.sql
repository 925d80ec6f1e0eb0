-- The first moment of a mark stays; only a finding (6 confirmed, 7 cleared, 8 taken back) that another one has
-- overturned since stands anew from its newest moment.
insert into marks as known (booking, mark, at) values ($1, $2, $3)
on conflict (booking, mark) do update set at = excluded.at
where known.mark in (6, 7, 8)
    and excluded.at > known.at
    and exists (
        select from marks as other
        where other.booking = known.booking
            and other.mark in (6, 7, 8)
            and other.mark <> known.mark
            and other.at > known.at
            and other.at < excluded.at
    )
