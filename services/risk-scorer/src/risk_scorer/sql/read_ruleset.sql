-- A ruleset that was published, by the beginning of its fingerprint; the newest where it was published again.
select name, version, text, fingerprint, published_at, published_by, note
from rulesets
where starts_with(fingerprint, $1)
order by id desc
limit 1
