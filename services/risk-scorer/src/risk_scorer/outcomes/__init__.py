"""Outcomes: what drivers and offices found, taken in, kept, and made into what is known of a booking."""
