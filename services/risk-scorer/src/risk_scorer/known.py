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
    # Nearly all that is asked for is true, and then there is nothing to compare.
    if value:
        return value
    return None if value is UNSET or value is None or value == "" else value


# `UNSET` is false, and parts of a booking are true: so `or`, where `isinstance` would ask their metaclass.
def stop(value: Stop | UnsetType | None) -> Stop:
    return value or _NO_STOP


def address(value: Stop | UnsetType | None) -> Address:
    """The address of a stop; an empty one when the stop or its address is not known."""
    return (value.address or _NO_ADDRESS) if value else _NO_ADDRESS


def contact(value: Stop | UnsetType | None) -> Contact:
    return (value.contact or _NO_CONTACT) if value else _NO_CONTACT


def account(booking: BookingEvent) -> Account:
    return (booking.booker.account or _NO_ACCOUNT) if booking.booker else _NO_ACCOUNT


def items(booking: BookingEvent) -> list[Item]:
    return booking.items or []


def vias(booking: BookingEvent) -> list[Stop]:
    return booking.via or []
