delete from views
where view_id in (select view_id from views where at < $1 order by at limit 5000)
