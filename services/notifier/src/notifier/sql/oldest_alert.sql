select min(updated_at) from alerts where finding is distinct from 'confirmed_scam' or record_released_at is not null
