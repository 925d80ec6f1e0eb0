"""What tests of every member share: a real broker and a real database, started once by the session on free ports."""
