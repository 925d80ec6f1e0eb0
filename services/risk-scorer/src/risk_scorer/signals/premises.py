"""Where it is fetched from."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import known, stop
from risk_scorer.signals.signal import Room

room = Room()

_SHELTERED = frozenset({"sheltered_housing", "care_home"})
_OPEN = frozenset({"public_place", "car_park", "station", "retail", "hotel"})
_COMMERCIAL = frozenset(
    {"business", "bank", "money_service", "jeweller", "retail", "medical", "education", "court", "locker"}
)


@room.signal("parcel_job", "carries")
def parcel_job(facts: Facts) -> bool:
    """Goods travel and nobody rides: booked as a parcel, a courier job, or a taxi sent for a thing."""
    return facts.carries_parcel


@room.signal("passenger_job", "carries")
def passenger_job(facts: Facts) -> bool:
    """Somebody rides."""
    return facts.carries_passenger


@room.signal("pre1_home_pickup", "pickup.address")
def home_pickup(facts: Facts) -> bool:
    """The pickup is a dwelling, by the operator's word or by its address (PRE1)."""
    return facts.from_home


@room.signal("pre1_maybe_home_pickup", "pickup.address")
def maybe_home(facts: Facts) -> bool:
    """The pickup is a dwelling or may be one: nothing says that it is anything else."""
    return facts.from_home or (
        facts.could_be_home and facts.pickup.given and facts.pickup.kind in ("residential", "unknown")
    )


@room.signal("pre2_sheltered", "pickup.premises")
def sheltered(facts: Facts) -> bool:
    """Retirement, assisted-living or care address (PRE2)."""
    return facts.pickup.kind in _SHELTERED


@room.signal("pre7_vague_pickup", "pickup.address")
def vague_pickup(facts: Facts) -> bool:
    """Only a street, corner or postcode is given for the pickup (PRE7)."""
    return facts.pickup.vague_place or facts.pickup.street_corner


@room.signal("pre8_commercial_pickup", "pickup.premises")
def commercial_pickup(facts: Facts) -> bool:
    """A firm or institution is the pickup (PRE8)."""
    return facts.pickup.kind in _COMMERCIAL or known(stop(facts.booking.pickup).organisation) is not None


@room.signal("pickup_station", "pickup.address")
def station_pickup(facts: Facts) -> bool:
    """The ride starts at a station or airport (RTE3, courier as passenger)."""
    return facts.pickup.kind in ("station", "airport")


@room.signal("pickup_open_place", "pickup.address")
def open_pickup(facts: Facts) -> bool:
    """It is fetched from an open place, a shop, a station or outside somewhere: not from anybody's door."""
    return facts.pickup.kind in _OPEN or facts.pickup.outside or facts.pickup.street_corner


@room.signal("two_homes_on_one_job", "via")
def two_homes(facts: Facts) -> bool:
    """A parcel job calls at a second dwelling on its way. Several stops are a delivery round."""
    return facts.carries_parcel and facts.from_home and [via.residential for via in facts.vias] == ["yes"]


@room.signal("home_on_the_way_and_back", "via")
def fetched_and_brought_back(facts: Facts) -> bool:
    """Goods are fetched at a dwelling on the way, or at what may be one, and brought to where the job begins, which is
    no home of its own."""
    if not facts.carries_parcel or facts.from_home or set(facts.pickup_keys).isdisjoint(facts.dropoff_keys):
        return False
    return any(via.given and via.residential != "no" and not via.vague_place for via in facts.vias)


@room.signal("parcel_from_home", "pickup.address")
def parcel_from_home(facts: Facts) -> bool:
    """Goods travel, and the pickup is a dwelling or nothing says that it is anything else (PRE1)."""
    return facts.carries_parcel and (facts.from_home or maybe_home(facts))


@room.signal("parcel_by_taxi", "service")
def parcel_by_taxi(facts: Facts) -> bool:
    """A taxi is sent to a dwelling for goods."""
    return facts.booking.service == "taxi" and parcel_from_home(facts)
