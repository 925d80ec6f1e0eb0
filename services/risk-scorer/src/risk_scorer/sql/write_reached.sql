-- Never backwards: another worker may have come further.
update forgetting set reached = $2 where what = $1 and reached < $2
