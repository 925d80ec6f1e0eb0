-- What was published under a name, newest first.
select name, version, text, fingerprint, published_at, published_by, note
from rulesets
where name = $1
order by id desc
limit $2
