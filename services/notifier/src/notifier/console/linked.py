"""Bookings of one's own firm that share a place or a phone with another, as far as the page still holds them. Pure.

Other firms' bookings are never here: of them, only counts stand in an assessment's evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifier.watch import Watched
from pickup_contracts.alert import alert_id
from pickup_contracts.booking import Address, BookingEvent, Contact, Stop

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_SHORTEST_PHONE = 7


class Neighbour(Struct, frozen=True):
    """Another booking of the firm that has an alert."""

    alert_id: UUID
    booking_id: str
    state: str
    decision: str
    finding: str | None
    raised_at: datetime
    watched: Watched


class Link(Struct, frozen=True):
    """A booking that shares something, and in words what."""

    neighbour: Neighbour
    shares: tuple[str, ...]


def links(of: Watched | None, neighbours: Iterable[Neighbour]) -> list[Link]:
    """Those that share something with a booking, in the order given."""
    if of is None:
        return []
    mine = dict(_marks(of.booking))
    found = []
    for one in neighbours:
        theirs = dict(_marks(one.watched.booking))
        shares = tuple(dict.fromkeys(_said(mine[mark], theirs[mark]) for mark in mine if mark in theirs))
        if shares and one.alert_id != alert_id(str(of.booking.operator_id), of.booking.booking_id):
            found.append(Link(one, shares))
    return found


def _said(mine: str, theirs: str) -> str:
    return f"same {mine}" if mine == theirs else f"{mine} here is {theirs} there"


def _marks(booking: BookingEvent) -> Iterator[tuple[str, str]]:
    """What may be shared, each with its name. The pickup's come last: one that is both counts as the pickup's."""
    for stop, name in ((booking.dropoff, "drop-off"), (booking.pickup, "pickup")):
        if not isinstance(stop, Stop):
            continue
        if isinstance(stop.contact, Contact) and isinstance(stop.contact.phone, str):
            digits = re.sub(r"\D", "", stop.contact.phone)
            if len(digits) >= _SHORTEST_PHONE:
                yield f"phone/{digits}", f"phone at the {name}"
        if isinstance(stop.address, Address) and (place := _place(stop.address)) is not None:
            yield place, name


def _place(address: Address) -> str | None:
    """One address, however it was spaced and capitalised; `None` for one that names no place by itself."""
    if not isinstance(address.line1, str):
        return None
    line = _NOT_WORD.sub("", address.line1.casefold())
    rest = address.postcode if isinstance(address.postcode, str) else address.town
    known = _NOT_WORD.sub("", rest.casefold()) if isinstance(rest, str) else ""
    return f"place/{line}/{known}" if line and known else None
