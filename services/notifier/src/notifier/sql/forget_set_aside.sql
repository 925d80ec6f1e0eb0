-- What was not taken up ten minutes after its time need not be done any more: somebody else did, or it is over.
delete from set_aside where again_at < $1::timestamptz - interval '10 minutes'
