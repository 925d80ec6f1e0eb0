"""Made-up bookings: ordinary ones as varied as a fortnight, and scam-shaped ones. Nobody in them lives."""
