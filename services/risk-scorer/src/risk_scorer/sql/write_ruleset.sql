insert into rulesets (name, version, fingerprint, text, published_at, published_by, note)
values ($1, $2, $3, $4, $5, $6, $7)
