select count(*) from alerts where state <> 'closed'
