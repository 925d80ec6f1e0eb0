"""A broker and a database of this machine's own, for the demo, the tests and `pickupctl evaluate`."""
