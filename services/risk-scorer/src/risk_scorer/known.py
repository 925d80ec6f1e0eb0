"""Reading merged bookings: what was never said and what was cleared are both simply not known."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UNSET, UnsetType

from pickup_contracts.booking import Account, Address, BookingEvent, Contact, Item, Stop

T = TypeVar("T")

_NO_STOP = Stop()
_NO_ADDRESS = Address()
_NO_CONTACT = Contact()
_NO_ACCOUNT = Account()


def known(value: T | UnsetType | None) -> T | None:
    """The value, or `None` when it is absent, cleared or blank."""
    if value is UNSET or value is None or value == "":
        return None
    return value


def stop(value: Stop | UnsetType | None) -> Stop:
    return value if isinstance(value, Stop) else _NO_STOP


def address(value: Stop | UnsetType | None) -> Address:
    """The address of a stop; an empty one when the stop or its address is not known."""
    where = stop(value).address
    return where if isinstance(where, Address) else _NO_ADDRESS


def contact(value: Stop | UnsetType | None) -> Contact:
    who = stop(value).contact
    return who if isinstance(who, Contact) else _NO_CONTACT


def account(booking: BookingEvent) -> Account:
    booker = known(booking.booker)
    held = known(booker.account) if booker is not None else None
    return held if held is not None else _NO_ACCOUNT


def items(booking: BookingEvent) -> list[Item]:
    listed = known(booking.items)
    return listed if listed is not None else []


def vias(booking: BookingEvent) -> list[Stop]:
    listed = known(booking.via)
    return listed if listed is not None else []
