insert into drills (drill_id, slot, sent_at, deadline) values ($1, $2, $3, $4) on conflict do nothing returning drill_id
