"""How a Pickup Guard process runs: settings, Kafka, PostgreSQL, dead letters, health, metrics, logs."""
