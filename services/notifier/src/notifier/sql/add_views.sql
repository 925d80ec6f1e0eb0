insert into views (at, operator_id, subject, holder, kind, booking_id)
select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
