-- Up to so many marks that are older than is kept, but of a booking of which the newest finding is a confirmed scam (6; 7 is
-- cleared, 8 taken back).
delete from marks as m
where ctid = any (
    array(
        select old.ctid
        from marks as old
        where old.at <= $1
            and not exists (
                select from marks as found
                where found.booking = old.booking
                    and found.mark = 6
                    and not exists (
                        select from marks as later
                        where later.booking = old.booking and later.mark in (7, 8) and later.at > found.at
                    )
            )
        limit $2
        for update of old skip locked
    )
)
