"""From what a person knows of somebody, a number or an address, to the hashes under which bookings meet a list."""

from __future__ import annotations

import re

from pickup_contracts.booking import Address
from pickup_contracts.policy import EntityKind
from risk_scorer.entities import SHARED_KINDS, Keys, entity_hash
from risk_scorer.errors import ListingFault
from risk_scorer.parties.phones import phone_key
from risk_scorer.premises.address_key import address_keys

_POSTCODE = re.compile(r"^[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}$", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def hashes_of(keys: Keys, kind: EntityKind, plain: str, operator_id: str | None) -> list[int]:
    """The hashes of one entity at an operator, or without one in the scope of operators that share links.

    `plain` is normalised as bookings are: a phone in any spelling, an address on one line with commas between street,
    town and postcode. It is used here and goes nowhere else.

    Raises:
        ListingFault: it can't be read as that kind, or that kind means nothing at another operator.
    """
    if operator_id is None and kind not in SHARED_KINDS:
        raise ListingFault(f"{kind}: known at one operator only, so say at which")
    return [entity_hash(keys, kind, value, operator_id) for value in _values(kind, plain.strip())]


def _values(kind: EntityKind, plain: str) -> tuple[str, ...]:
    if not plain:
        raise ListingFault(f"no {kind} was given")
    if kind == "phone":
        number = phone_key(plain)
        if number is None:
            raise ListingFault("that is no phone number: write it with its area code, or as +44…")
        return (number,)
    if kind == "email":
        if not _EMAIL.match(plain):
            raise ListingFault("that is no e-mail address")
        return (plain.casefold(),)
    if kind == "address":
        found = address_keys(read_address(plain))
        if not found:
            raise ListingFault("that is too little to tell one address from another: 14 Example Road, Town, AB1 2CD")
        return found
    return (plain,)


def read_address(line: str) -> Address:
    """An address on one line: the last part is the postcode if it looks like one, the part before it the town."""
    parts = [part.strip() for part in line.split(",") if part.strip()]
    postcode = parts.pop() if parts and _POSTCODE.match(parts[-1]) else None
    town = parts.pop() if len(parts) > 1 else None
    address = Address(line1=", ".join(parts))
    if postcode is not None:
        address.postcode = postcode
    if town is not None:
        address.town = town
    return address
