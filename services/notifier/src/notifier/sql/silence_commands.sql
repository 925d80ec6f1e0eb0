update commands set state = 'unanswered' where correlation_id = any ($1::uuid[]) and state = 'requested'
