-- An outbox for this transaction alone; false when another worker has it.
select pg_try_advisory_xact_lock(hashtextextended($1, 21))
