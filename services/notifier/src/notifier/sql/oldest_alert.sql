-- Of those that go by themselves; a record that was let go has a day more.
select min(updated_at) from alerts where finding is distinct from 'confirmed_scam'
