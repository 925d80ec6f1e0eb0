"""The dispatcher's page: open alerts by deadline, live, with what to do."""
