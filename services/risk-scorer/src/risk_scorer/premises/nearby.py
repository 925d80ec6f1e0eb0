"""Whether a stop that was changed was only put right, or is next door: the same door still, or another place?"""

from __future__ import annotations

from pickup_contracts.booking import Address, Stop
from risk_scorer.known import address
from risk_scorer.premises.address_key import address_keys, near_m, same_street
from risk_scorer.premises.judge import StopJudgement, judge

#: Where somebody is behind the door. Shops, hotels and open places are not: anybody can wait there.
_DOORS = frozenset({"residential", "sheltered_housing", "care_home", "business", "medical", "education"})
_NEXT_DOOR_M = 250.0


def same_place(before: Stop, after: Stop) -> bool:
    """The same place written otherwise, and not outside it where it was inside before."""
    if judge(after).outside and not judge(before).outside:
        return False
    return not set(address_keys(address(before))).isdisjoint(address_keys(address(after)))


def put_right(before: Stop, after: Stop) -> bool:
    """The same place written otherwise, or a door close by: in its street, its postcode, or within 250 m. Never another
    open place, shop or hotel, nor outside somewhere. What neither address says is not guessed: another town, or none,
    is another place."""
    if same_place(before, after):
        return True
    return _is_door(judge(after)) and _next_door(address(before), address(after))


def _is_door(place: StopJudgement) -> bool:
    if not place.given or place.kind not in _DOORS:
        return False
    return not (place.outside or place.street_corner or place.relay_point or place.vague_place)


def _next_door(here: Address, there: Address) -> bool:
    metres = near_m(here, there)
    if metres is not None:
        return metres <= _NEXT_DOOR_M
    return same_street(here, there)
