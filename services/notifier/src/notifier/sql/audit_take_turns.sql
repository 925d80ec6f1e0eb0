-- One writer at a time for each operator, in the order given. Rows alone would not do: a head that is not there yet
-- can't be locked, and making it while holding another is how two writers come to wait for each other.
select pg_advisory_xact_lock(hashtextextended(operator_id, 20)) from unnest($1::text[]) as given (operator_id)
