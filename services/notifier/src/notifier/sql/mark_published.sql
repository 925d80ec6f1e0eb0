update {outbox} set published = true where event_id = any ($1::uuid[])
