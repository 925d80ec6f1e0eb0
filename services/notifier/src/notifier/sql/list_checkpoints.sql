select operator_id, number, hash, at, key_id, signature
from checkpoints where operator_id = $1 order by number, day
