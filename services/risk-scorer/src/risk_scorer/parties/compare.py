"""Booker, pickup contact and recipient, held against each other."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from pickup_contracts.booking import BookingEvent
from risk_scorer.known import contact, known
from risk_scorer.parties.names import name_match, surname
from risk_scorer.parties.phones import phone_key, same_phone

YesNo = Literal["yes", "no", "unknown"]

_FAMILY = frozenset(
    [
        "son",
        "daughter",
        "grandson",
        "granddaughter",
        "grandchild",
        "grandaughter",
        "nephew",
        "niece",
        "brother",
        "sister",
        "husband",
        "wife",
        "partner",
        "mum",
        "mother",
        "dad",
        "father",
        "parent",
        "uncle",
        "aunt",
        "auntie",
        "cousin",
        "relative",
        "relation",
        "family",
        "carer",
        "caregiver",
        "neighbour",
        "neighbor",
        "friend",
        "stepson",
        "stepdaughter",
        "godson",
        "goddaughter",
    ]
)


class Person(Struct, frozen=True):
    """What is known of one party; each `None` when it is not."""

    name: str | None
    phone: str | None
    email: str | None

    @property
    def there(self) -> bool:
        return self.name is not None or self.phone is not None or self.email is not None


class Parties(Struct, frozen=True):
    """How the parties of one booking relate. `unknown` where there is nothing to compare by."""

    booker_is_pickup_contact: YesNo
    booker_is_recipient: YesNo
    three_parties: bool
    same_surname_pickup_dropoff: bool
    pickup_phone_is_booker_phone: bool
    has_pickup_phone: bool
    has_recipient_phone: bool
    claims_family: bool
    first_name_only_booker: bool
    booker_is_passenger: bool


def compare(booking: BookingEvent) -> Parties:
    """Compare the parties of a merged booking."""
    booker, sender, recipient = _people(booking)
    passenger = known(booking.passenger)
    rider = Person(known(passenger.name), known(passenger.phone), None) if passenger is not None else sender
    at_pickup = _same(booker, sender)
    at_dropoff = _same(booker, recipient)
    given = known(booking.booker)
    claimed = known(given.relationship) if given is not None else None
    return Parties(
        booker_is_pickup_contact=at_pickup,
        booker_is_recipient=at_dropoff,
        three_parties=at_pickup == "no" and (at_dropoff == "no" or (recipient.there and at_dropoff != "yes")),
        same_surname_pickup_dropoff=_same_surname(sender, recipient),
        pickup_phone_is_booker_phone=same_phone(booker.phone, sender.phone) is True,
        has_pickup_phone=sender.phone is not None and phone_key(sender.phone) is not None,
        has_recipient_phone=recipient.phone is not None and phone_key(recipient.phone) is not None,
        claims_family=claimed is not None and not _FAMILY.isdisjoint(claimed.casefold().replace("-", " ").split()),
        first_name_only_booker=booker.name is not None and len(booker.name.split()) == 1,
        booker_is_passenger=_same(booker, rider) == "yes",
    )


def _people(booking: BookingEvent) -> tuple[Person, Person, Person]:
    booker = known(booking.booker)
    sender, recipient = contact(booking.pickup), contact(booking.dropoff)
    return (
        Person(known(booker.name), known(booker.phone), known(booker.email)) if booker else Person(None, None, None),
        Person(known(sender.name), known(sender.phone), known(sender.email)),
        Person(known(recipient.name), known(recipient.phone), known(recipient.email)),
    )


def _same(one: Person, other: Person) -> YesNo:
    """By name where both have one (a relative may answer on the same line), else by number or e-mail address."""
    if one.name and other.name:
        match = name_match(one.name, other.name)
        if match != "unknown":
            return "yes" if match == "same" else "no"
    phone = same_phone(one.phone, other.phone)
    if phone is not None:
        return "yes" if phone else "no"
    if one.email and other.email:
        return "yes" if one.email.casefold().strip() == other.email.casefold().strip() else "no"
    return "unknown"


def _same_surname(one: Person, other: Person) -> bool:
    first = surname(one.name) if one.name else None
    second = surname(other.name) if other.name else None
    return first is not None and first == second
