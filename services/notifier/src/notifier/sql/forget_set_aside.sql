-- forget_set_aside
-- What was not taken up ten minutes after its time need not be done any more: somebody else did, or it is over. What is
-- not tried again has to be seen by somebody: it stands until the alert is closed after it, or for two days.
delete from set_aside s
where case
    when s.work = any ($2::text[]) then
        s.since < $1::timestamptz - interval '48 hours'
        or exists (
            select 1 from alerts a
            where a.operator_id = s.operator_id and a.booking_id = s.booking_id and a.closed_at >= s.since
        )
    else s.again_at < $1::timestamptz - interval '10 minutes'
end
