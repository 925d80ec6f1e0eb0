"""Who books, in the form that events have."""

from __future__ import annotations

from collections.abc import Callable

from pickupctl.traffic.story import Json
from pickupctl.traffic.world import Firm, Home, Operator, World

#: Makes the first event of one kind of booking, without what `ordinary` adds to all.
Maker = Callable[[World, Operator], Json]


def booker(world: World, home: Home, operator: Operator, *, other: bool = False) -> Json:
    """Somebody of this household as the booker, with the account they have."""
    made: Json = {"name": home.other if other else home.person, "phone": home.other_phone if other else home.phone}
    if home.account is not None:
        made["account"] = home.account
    elif operator.kind != "taxi":
        made["account"] = {"type": "guest"}
    return made


def of_firm(world: World, firm: Firm) -> Json:
    """A firm as the booker."""
    return {"name": firm.name, "phone": firm.phone, "account": firm.account}
