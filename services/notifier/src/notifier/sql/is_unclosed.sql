-- is_unclosed
select exists (select 1 from alerts where alert_id = $1 and state <> 'closed')
