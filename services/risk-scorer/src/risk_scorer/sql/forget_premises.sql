delete from premises_known where at < $1
