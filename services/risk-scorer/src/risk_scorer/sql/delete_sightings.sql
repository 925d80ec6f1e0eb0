-- In these pages of a partition.
delete from {partition} where ctid >= '({page},0)'::tid and ctid < '({next_page},0)'::tid and at < $1
