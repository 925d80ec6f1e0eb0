"""The demo: the whole product on one machine, ordinary traffic, and now and then a scam."""
