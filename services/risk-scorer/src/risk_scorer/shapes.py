"""The shape of a booking, as bits that a sighting carries: what others may later learn of it without its content."""

from __future__ import annotations

PARCEL = 1 << 0
PASSENGER = 1 << 1
FROM_HOME = 1 << 2
TO_HOME = 1 << 3
BUSINESS = 1 << 4
TO_VALUABLES = 1 << 5
TO_PUBLIC = 1 << 6
TO_STATION = 1 << 7
FROM_STATION = 1 << 8
SELF_BOOKED = 1 << 9
WAITING = 1 << 10
TO_INSTITUTION = 1 << 11
RAISED_BY_TEXT = 1 << 12
FROM_VALUABLES = 1 << 13
#: Somebody rides from a station, and to one.
ARRIVAL = PASSENGER | FROM_STATION
DEPARTURE = PASSENGER | TO_STATION
#: Somebody rides to a bank or dealer, and from one.
OUTING = PASSENGER | TO_VALUABLES
RIDE_BACK = PASSENGER | FROM_VALUABLES

#: Roles in which an entity is seen on a booking.
BOOKER, PICKUP_CONTACT, RECIPIENT, PASSENGER_ROLE, PICKUP, DROPOFF, VIA, ACCOUNT, DEVICE, TOKEN, PAIR, STREET_TO = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
)  # fmt: skip
STREET_FROM, CELL, WORDS = 13, 14, 15
#: The district of a home that was warned about: seen only once it was.
WARNED_DISTRICT = 16
#: A number that is written in free text, and is none of the booking's parties' own.
NOTED = 17

#: What may become of a booking. Refused is what driver or office gave up. Warned about and held are what it came to by
#: evidence of its own, not by that of bookings it is linked to; delivered is said of those alone, which were delivered
#: all the same.
CANCELLED, REFUSED, WARNED, HELD, SUSPECTED, CONFIRMED, CLEARED, TAKEN_BACK, DELIVERED = 1, 2, 3, 4, 5, 6, 7, 8, 9
#: What an office found: the newest of them is what stands.
FINDINGS = frozenset({CONFIRMED, CLEARED, TAKEN_BACK})
