"""What one more booking tells those that are linked to it: of which kind the news is, and which counts it raises."""

from __future__ import annotations

from functools import reduce
from operator import or_

from risk_scorer import shapes
from risk_scorer.links import RAISING
from risk_scorer.looks import LOOKS

#: Kinds of news, as bits: another booking of these telephone numbers, at this home, to this drop-off or its streets, by
#: this device or card or in these words; and that something became of a booking that is linked in whatever way.
NUMBERS, HOME, DROPOFF, MEANS, BECAME = 1, 2, 4, 8, 16
ALL = NUMBERS | HOME | DROPOFF | MEANS | BECAME

#: By the role that the shared entity has on the booking that is told. What is not here can only reassure, and that can
#: wait for its next event, or is met by nobody's look: a number in a note (ADR 0085).
_BY_ROLE = {
    shapes.BOOKER: NUMBERS,
    shapes.RECIPIENT: NUMBERS,
    shapes.PICKUP_CONTACT: NUMBERS,
    shapes.PICKUP: HOME,
    shapes.DROPOFF: DROPOFF,
    shapes.CELL: DROPOFF,
    shapes.DEVICE: MEANS,
    shapes.TOKEN: MEANS,
    shapes.WORDS: MEANS,
}
_KIND_OF_COUNT = {
    **dict.fromkeys(("booker_other_homes_7d", "recipient_other_homes_7d", "numbers_dropoffs_7d"), NUMBERS),
    "noted_other_homes_7d": NUMBERS,
    **dict.fromkeys(("phone_valuables_trip_7d", "phone_parcel_job_7d", "booker_other_valuables_homes_7d"), NUMBERS),
    **dict.fromkeys(("booker_other_doors_72h", "booker_arrivals_1h"), NUMBERS),
    **dict.fromkeys(("home_parcels_24h", "home_parcels_7d", "home_parcels_30d", "home_parcel_dropoffs_30d"), HOME),
    **dict.fromkeys(("home_parcel_bookers_7d", "home_valuables_trip_4h", "home_valuables_trip_7d"), HOME),
    **dict.fromkeys(("home_other_firms_72h", "home_rides_back_72h"), HOME),
    **dict.fromkeys(("dropoff_other_homes_7d", "dropoff_other_homes_30d", "cell_other_homes_7d"), DROPOFF),
    **dict.fromkeys(("door_valuables_trip_72h", "street_arrivals_1h"), DROPOFF),
    **dict.fromkeys(("token_other_bookers_30d", "device_other_bookers_30d", "words_other_homes_7d"), MEANS),
    **dict.fromkeys(("refused_24h", "suspected_24h", "warned_7d", "warned_by_number_7d", "held_7d"), BECAME),
    **dict.fromkeys(("cancelled_2h", "confirmed_30d", "dropoff_suspected_7d", "district_warned_homes_72h"), BECAME),
}
if set(_KIND_OF_COUNT) != set(RAISING):
    raise AssertionError(f"counts of no kind of news, or of no count: {set(_KIND_OF_COUNT) ^ set(RAISING)}")


def kind_of(role: int, theirs: int, home_parcel: bool, shape: int = 0, their_shape: int = 0) -> int:
    """The kind of news that one more booking with an entity in `role` is to another that has it in `theirs`; 0 where it
    is none. `home_parcel` says whether the one is a parcel from a home, `shape` and `their_shape` what each is."""
    if role == shapes.DROPOFF and theirs == shapes.PICKUP and is_ride_back(shape):
        return HOME if their_shape & shapes.PARCEL else 0
    if role == shapes.PICKUP and theirs == shapes.DROPOFF and shape & shapes.OUTING == shapes.OUTING:
        return DROPOFF if their_shape & shapes.ARRIVAL == shapes.ARRIVAL else 0
    look = LOOKS.get(theirs)
    if look is None or not (1 << role) & look.roles or (look.homes and not home_parcel):
        return 0
    return _BY_ROLE.get(theirs, 0)


def is_ride_back(shape: int) -> bool:
    """Whether somebody rides from a bank or dealer: news to the home where it ends."""
    return shape & shapes.RIDE_BACK == shapes.RIDE_BACK


def raises(*counts: str) -> int:
    """The kinds of news, as bits, that raise any of these counts of `links.Links`; 0 where all only reassure."""
    return reduce(or_, (_KIND_OF_COUNT.get(count, 0) for count in counts), 0)
