"""The whole product on one machine: embedded broker and database, the three services as real processes."""
