"""How far, which way, and with what waiting."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import items, known
from risk_scorer.signals.signal import Room

room = Room()

#: Where a ride starts that is neither a dwelling nor a station.
_STARTS = ("hotel", "retail", "public_place", "car_park")


@room.signal("rte1_distance_m", "distance_m")
def distance(facts: Facts) -> float:
    """Metres between the ends; not a number when they can't be placed (RTE1)."""
    metres = facts.distance_m
    return float("nan") if metres is None else metres


@room.signal("rte1_long", "distance_m")
def long(facts: Facts) -> bool:
    """More than 50 km (RTE1)."""
    metres = facts.distance_m
    return metres is not None and metres > 50_000


@room.signal("rte1_out_of_town", "distance_m")
def out_of_town(facts: Facts) -> bool:
    """More than 15 km: not an errand in the same town."""
    metres = facts.distance_m
    return metres is not None and metres > 15_000


@room.signal("rte7_local", "distance_m")
def local(facts: Facts) -> bool:
    """Known to be at most 8 km (RTE7)."""
    metres = facts.distance_m
    return metres is not None and metres <= 8_000


@room.signal("rte5_waiting", "wait_and_return")
def waiting(facts: Facts) -> bool:
    """Waiting and return, or waiting time, was asked for (RTE5)."""
    return facts.waits


@room.signal("rte3_short_wait", "wait_s")
def short_wait(facts: Facts) -> bool:
    """Waiting of at most 10 minutes with the return (RTE3)."""
    wait = known(facts.booking.wait_s)
    asked = facts.booking.wait_and_return is True or facts.text.has("wait_and_return")
    return asked and (wait is None or wait <= 600)


@room.signal("rte3_station_home_station", "pickup")
def station_home_station(facts: Facts) -> bool:
    """From a station or airport to a dwelling or a corner near one and back, with a short wait, or by way of dwellings
    (RTE3)."""
    if not facts.carries_passenger or facts.pickup.kind not in ("station", "airport"):
        return False
    if facts.dropoff.kind in ("station", "airport"):
        return _by_way_of_dwellings(facts)
    near_a_door = facts.dropoff.residential != "no" or facts.dropoff.street_corner or facts.dropoff.before_a_house
    return near_a_door and facts.dropoff.given and short_wait(facts)


@room.signal("rte3_out_and_back", "pickup, via")
def out_and_back(facts: Facts) -> bool:
    """From a hotel, pub, shop or open place to a dwelling and back to such a place, with a short wait, or by way of
    dwellings: a runner who does not start at a station (RTE3)."""
    if not facts.carries_passenger or facts.pickup.kind not in _STARTS:
        return False
    if facts.dropoff.kind in (*_STARTS, "station", "airport"):
        return _by_way_of_dwellings(facts)
    return facts.dropoff.residential == "yes" and short_wait(facts)


def _by_way_of_dwellings(facts: Facts) -> bool:
    """A stop on the way is a dwelling, or, where the car is to wait a few minutes, a street of which nobody says what
    stands in it."""
    waits = short_wait(facts)
    return any(
        via.residential == "yes" or (waits and via.residential != "no" and (via.vague_place or via.before_a_house))
        for via in facts.vias
    )


@room.signal("rte3_on_to_a_station", "dropoff.address", source="course of the booking")
def on_to_a_station(facts: Facts) -> bool:
    """From a station to a house number, and then on to a station: the drop-off was changed under way (RTE3)."""
    if not facts.carries_passenger or facts.pickup.kind not in ("station", "airport"):
        return False
    if facts.dropoff.kind not in ("station", "airport") or not facts.lifecycle.late_changes:
        return False
    # The fingerprint of a drop-off begins with its first line.
    return any(before[:1].isdigit() for before in facts.lifecycle.dropoffs[:-1])


@room.signal("via_cash_machine", "via")
def cash_machine(facts: Facts) -> bool:
    """A cash machine is called at on the way, or is where it ends."""
    return any(judged.cash_machine for judged in (facts.dropoff, *facts.vias))


@room.signal("rte4_ride_for_a_thing", "carries")
def ride_for_a_thing(facts: Facts) -> bool:
    """A ride was booked, and its own notes said from the beginning that nobody takes it, only a thing (RTE4)."""
    if facts.booking.carries != "passenger" or not facts.text.has("driver_reports_parcel_only"):
        return False
    return not (items(facts.booking) or parcel_only(facts))


@room.signal("rte4_parcel_only", "observations")
def parcel_only(facts: Facts) -> bool:
    """A ride was booked, and a driver finds that nobody comes, only a parcel (RTE4): somebody wrote or reported so, or
    the ride was made a parcel under way. What the notes said before a car was under way is the order, and so is what
    the booking lists among its items: many an office books a parcel as a ride."""
    if facts.lifecycle.ride_became_parcel:
        return True
    if items(facts.booking):
        return False
    if "no_passenger_only_parcel" in facts.observations:
        return True
    return facts.nobody_rides and facts.found_on_the_way("driver_reports_parcel_only")
