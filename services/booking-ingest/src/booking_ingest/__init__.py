"""Takes bookings in from operators and publishes them as events."""
