"""The driver's page: what a driver is told of one booking, and what the driver answers, by a link that is theirs."""
