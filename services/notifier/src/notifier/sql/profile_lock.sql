-- One at a time looks at an operator's profile and says that it is going to publish another.
select pg_advisory_xact_lock(hashtextextended($1, 22))
