select min(updated_at) from alerts where finding is distinct from 'confirmed_scam'
