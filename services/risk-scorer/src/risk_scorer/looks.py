"""What a booking asks of the history: of which entities, how far back, in which roles, and how many at most."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from risk_scorer import shapes
from risk_scorer.links import Hashed

_1H, _48H, _72H = timedelta(hours=1), timedelta(hours=48), timedelta(hours=72)
_7D, _30D = timedelta(days=7), timedelta(days=30)


class Look(Struct, frozen=True, gc=False):
    """What is asked of the history for an entity in one role: how far back, in which roles others had it, and how
    many of the newest at most. What no count reads is not asked for. `homes` asks for parcels from homes alone, which
    a hub's other traffic then can't crowd out (a booking that was one before it was changed counts as one); `counted`
    asks only how many there are."""

    within: timedelta
    roles: int
    limit: int
    homes: bool = False
    counted: bool = False


class Ask(Struct, frozen=True, gc=False):
    """One look at one entity. A place has several keys: what was seen under an `earlier` one is not asked again."""

    entity: int
    look: Look
    earlier: tuple[int, ...] = ()


def _roles(*roles: int) -> int:
    return sum(1 << role for role in roles)


_PERSON = _roles(shapes.BOOKER, shapes.RECIPIENT, shapes.PICKUP_CONTACT, shapes.PASSENGER_ROLE)
#: By the role that the entity has on the asking booking; a role that is not here asks nothing.
LOOKS: dict[int, Look] = {
    shapes.BOOKER: Look(_30D, _PERSON, 64),
    shapes.RECIPIENT: Look(_7D, _PERSON, 32),
    shapes.PICKUP_CONTACT: Look(_7D, _PERSON, 32),
    shapes.NOTED: Look(_7D, _roles(shapes.BOOKER, shapes.RECIPIENT), 16, homes=True),
    shapes.PICKUP: Look(_30D, _roles(shapes.PICKUP), 64),
    shapes.DROPOFF: Look(_30D, _roles(shapes.DROPOFF), 32, homes=True),
    shapes.CELL: Look(_7D, _roles(shapes.CELL), 32, homes=True),
    shapes.WORDS: Look(_7D, _roles(shapes.WORDS), 16, homes=True),
    shapes.ACCOUNT: Look(_30D, _roles(shapes.ACCOUNT), 16),
    shapes.PAIR: Look(_30D, _roles(shapes.PAIR), 32),
    shapes.DEVICE: Look(_30D, _roles(shapes.DEVICE), 32),
    shapes.TOKEN: Look(_30D, _roles(shapes.TOKEN), 32),
    shapes.STREET_FROM: Look(_1H, _roles(shapes.STREET_TO), 16),
}
#: Trips from the door to which somebody rides from a station.
_FROM_THAT_DOOR = Look(_72H, _roles(shapes.PICKUP), 16)
#: Rides that ended at the home from which a parcel is fetched now. The key by which homes are told apart will do.
_BACK_HOME = Look(_72H, _roles(shapes.DROPOFF), 16)
#: Who is to be told of a ride to a bank, or back from one, that comes after: those on their way from a station to the
#: door it begins at, and parcels from the home it ends at. As long as anything is told (`changes.OPEN_FOR`).
_ON_THEIR_WAY = Look(_48H, _roles(shapes.DROPOFF), 16)
_FETCHED_THERE = Look(_48H, _roles(shapes.PICKUP), 16, homes=True)
#: Homes of the same district that were warned about.
_DISTRICT = Look(_72H, _roles(shapes.WARNED_DISTRICT), 16)
#: How many other bookings came to the drop-off of goods, of whatever kind.
_JOBS = Look(_30D, _roles(shapes.DROPOFF), 32, counted=True)

#: Asked of goods alone.
_OF_GOODS = frozenset({shapes.DROPOFF, shapes.CELL, shapes.WORDS, shapes.NOTED})


def is_kept(role: int, shape: int, home: int) -> bool:
    """Whether anybody's look would ever count a sighting in `role` on a booking of that shape (and home, 0 where it is
    none). Of streets and cells, which are on no list either, what nobody counts is not stored: it would cost its row,
    and be passed over by every look at a busy street."""
    if role == shapes.STREET_FROM:
        return False
    if role in (shapes.CELL, shapes.WORDS):
        return home != 0 and bool(shape & shapes.PARCEL)
    if role == shapes.STREET_TO:
        return shape & shapes.ARRIVAL == shapes.ARRIVAL and not shape & shapes.BUSINESS
    return True


def asks(me: Hashed) -> list[Ask]:
    """What to ask of each entity; of one that has several roles, whatever the widest of them asks, parcels from homes
    apart. What could say nothing of such a booking is not asked, and counts as 0: of a pickup that is known to be no
    dwelling (a depot's counts would be endless), who else sent to the drop-off of an ordinary ride, who came to the
    street of one that does not go to a station, and which homes nearby were warned about when neither goods nor
    anybody's savings travel."""
    wanted: dict[tuple[int, bool], Look] = {}
    keys: dict[int, list[int]] = {shapes.PICKUP: [], shapes.DROPOFF: []}
    for entity, role in me.entities:
        look = LOOKS.get(role)
        if look is None or (role == shapes.PICKUP and not me.could_be_home):
            continue
        if role in keys:
            keys[role].append(entity)
        if (role in _OF_GOODS and not me.fetched) or (role == shapes.STREET_FROM and not me.departure):
            continue
        known = wanted.get((entity, look.homes))
        wanted[entity, look.homes] = look if known is None or known is look else _wider(known, look)
    # Of the home alone: where the ride comes back to it, each end may be written otherwise.
    earlier = {entity: tuple(keys[shapes.PICKUP][:index]) for index, entity in enumerate(keys[shapes.PICKUP])}
    asked = [
        Ask(entity, look, earlier.get(entity, ()) if not homes else ()) for (entity, homes), look in wanted.items()
    ]
    if me.fetched:
        asked += [Ask(entity, _JOBS) for entity in keys[shapes.DROPOFF]]
    if me.arrival:
        asked += [Ask(entity, _FROM_THAT_DOOR) for entity in keys[shapes.DROPOFF]]
    if me.visit:
        asked += [Ask(entity, _ON_THEIR_WAY) for entity in keys[shapes.PICKUP]]
    if me.back and me.dropoff:
        asked.append(Ask(me.dropoff, _FETCHED_THERE))
    # What goes from a home to that home would meet its other visitors as senders.
    if me.home and me.fetched and me.home not in keys[shapes.DROPOFF]:
        asked.append(Ask(me.home, _BACK_HOME))
    if me.district and (me.fetched or me.visit):
        asked.append(Ask(me.district, _DISTRICT))
    return asked


def _wider(one: Look, other: Look) -> Look:
    return Look(
        max(one.within, other.within),
        one.roles | other.roles,
        max(one.limit, other.limit),
        one.homes,
    )
