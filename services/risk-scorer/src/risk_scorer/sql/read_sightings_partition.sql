-- The partition in which a moment lies and of how many pages it is; both null when there is none.
select partition::text, pg_relation_size(partition) / current_setting('block_size')::int
from sightings_partition_of($1) as partition
