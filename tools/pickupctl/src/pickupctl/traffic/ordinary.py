"""Ordinary bookings: what taxi offices, ride apps and same-day couriers carry in a fortnight."""

from __future__ import annotations

from pickupctl.traffic.bookers import Maker
from pickupctl.traffic.firms import FROM_FIRMS
from pickupctl.traffic.from_home import FROM_HOME
from pickupctl.traffic.rides import RIDES
from pickupctl.traffic.story import Json, Story, ride
from pickupctl.traffic.world import OPERATORS, Operator, World

#: Parcels from homes are about one booking in six: fewer of a taxi office's, two in five of a courier's.
_TAXI: list[tuple[Maker, float]] = [*RIDES, *((maker, weight * 0.085) for maker, weight in FROM_HOME)]
_COURIER: list[tuple[Maker, float]] = [*FROM_FIRMS, *((maker, weight * 0.42) for maker, weight in FROM_HOME)]
_CANCELLED: tuple[Json, ...] = (
    {"changed_by": "booker", "change_reason": "no longer needed"},
    {"changed_by": "booker"},
    {"changed_by": "booker", "change_reason": "found a lift"},
    {"changed_by": "operator", "change_reason": "no driver available"},
    {"changed_by": "driver", "change_reason": "no show"},
    {"changed_by": "driver", "change_reason": "vehicle broke down"},
)
_DRIVER_NOTES = (
    "ring on arrival",
    "please text when outside",
    "blue door, bell does not work, please knock",
    "side entrance opposite the police station",
    "parking at rear",
    "has a folding wheelchair",
    "2 suitcases",
    "dog, friendly",
    "will be waiting outside Tesco by the cash machine",
    "cash job",
)


def ordinary(world: World, number: int) -> Story:
    """One ordinary booking; about one in six of all is a parcel from a home."""
    rng = world.random
    operator = rng.choices(OPERATORS, weights=(45, 30, 25))[0]
    makers = _COURIER if operator.kind == "courier" else _TAXI
    make = rng.choices([maker for maker, _ in makers], weights=[weight for _, weight in makers])[0]
    first = {**_defaults(world, operator), **make(world, operator)}
    cancel = rng.choice(_CANCELLED) if rng.random() < 0.07 else None
    amend = _amendment(world, first) if rng.random() < 0.05 else None
    return Story(
        operator.operator_id, f"{number:07d}", make.__name__, False, ride(rng, first, cancel=cancel, amend=amend)
    )


def _defaults(world: World, operator: Operator) -> Json:
    rng = world.random
    made: Json = {
        "service": "courier" if operator.kind == "courier" else "taxi",
        "channel": {"taxi": "phone", "app": "app", "courier": rng.choice(("web", "account_portal", "api"))}[
            operator.kind
        ],
    }
    if rng.random() < 0.4:
        made["pickup_at"] = f"+{rng.choice((900, 1800, 3600, 7200, 14400)) + rng.randrange(600)}"
    if operator.kind != "courier" and rng.random() < 0.25:
        made["notes"] = {"driver": rng.choice(_DRIVER_NOTES)}
    return made


def _amendment(world: World, first: Json) -> Json:
    rng = world.random
    roll = rng.random()
    if roll < 0.5:
        return {"pickup_at": f"+{rng.randrange(1800, 7200)}", "changed_by": "booker"}
    if roll < 0.7:
        return {"notes": {"driver": rng.choice(_DRIVER_NOTES)}}
    home = world.home()
    return {"dropoff": home.stop(), "changed_by": "booker"} if first.get("carries") == "passenger" else {}
