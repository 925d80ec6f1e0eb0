"""Booker, pickup contact and recipient, held against each other."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from msgspec import Struct, UnsetType

from pickup_contracts.booking import BookingEvent
from risk_scorer.known import contact, known, stop
from risk_scorer.parties.claims import NO_CLAIM, Claim, claim_in_text, claim_of
from risk_scorer.parties.emails import email_key
from risk_scorer.parties.names import is_bare, name_match, parts, same_surname
from risk_scorer.parties.phones import phone_key

YesNo = Literal["yes", "no", "unknown"]
Given = str | UnsetType | None


class Person(Struct, frozen=True, gc=False):
    """What is known of one party, numbers and mailboxes as the same ones compare; each `None` when it is not."""

    name: str | None
    phone: str | None
    email: str | None


_NOBODY = Person(None, None, None)


class Parties(Struct, frozen=True, gc=False):
    """How the parties of one booking relate. `unknown` where there is nothing to compare by. At the pickup is whom the
    driver asks for there, or else who rides."""

    booker_is_pickup_contact: YesNo
    booker_is_recipient: YesNo
    three_parties: bool
    same_surname_pickup_dropoff: bool
    same_surname_booker_pickup: bool
    pickup_phone_is_booker_phone: bool
    pickup_named: bool
    has_pickup_phone: bool
    has_recipient_phone: bool
    claims_family: bool
    claims_carer: bool
    claims_on_behalf: bool
    claims_in_text: bool
    first_name_only_booker: bool
    booker_is_passenger: bool


def compare(booking: BookingEvent) -> Parties:
    """Compare the parties of a merged booking."""
    passenger = known(booking.passenger)
    rides = _person(passenger.name, passenger.phone, None) if passenger is not None else None
    booker, sender, recipient = _people(booking, rides)
    rider = rides or sender
    given = known(booking.booker)
    relationship = known(given.relationship) if given is not None else None
    claimed = claim_of(relationship) if relationship is not None else NO_CLAIM
    at_pickup = _is_themselves(booker, sender, claimed)
    at_dropoff = _same(booker, recipient)
    told = _written(booking)
    return Parties(
        booker_is_pickup_contact=at_pickup,
        booker_is_recipient=at_dropoff,
        # One number is one party, whatever they are called: "Kofi Mensah" and "best man Kofi".
        three_parties=at_pickup == "no"
        and at_dropoff == "no"
        and (booker.phone is None or booker.phone != recipient.phone),
        same_surname_pickup_dropoff=bool(sender.name and recipient.name and same_surname(sender.name, recipient.name)),
        same_surname_booker_pickup=bool(booker.name and sender.name and same_surname(booker.name, sender.name)),
        pickup_phone_is_booker_phone=booker.phone is not None and booker.phone == sender.phone,
        pickup_named=sender.name is not None,
        has_pickup_phone=sender.phone is not None,
        has_recipient_phone=recipient.phone is not None,
        claims_family=claimed.family or claimed.carer or claimed.close,
        claims_carer=claimed.carer,
        claims_on_behalf=claimed.on_behalf or told.on_behalf,
        claims_in_text=told.any,
        first_name_only_booker=booker.name is not None and is_bare(booker.name) and len(booker.name.split()) == 1,
        booker_is_passenger=(at_pickup if rider is sender else _is_themselves(booker, rider, claimed)) == "yes",
    )


def _people(booking: BookingEvent, rides: Person | None) -> tuple[Person, Person, Person]:
    booker = known(booking.booker)
    sender, recipient = contact(booking.pickup), contact(booking.dropoff)
    at_pickup = _person(sender.name, sender.phone, sender.email)
    return (
        _person(booker.name, booker.phone, booker.email) if booker else _NOBODY,
        # Who rides is at the pickup, and is said in the one place or the other.
        rides if rides is not None and at_pickup == _NOBODY and booking.carries == "passenger" else at_pickup,
        _person(recipient.name, recipient.phone, recipient.email),
    )


def _person(name: Given, phone: Given, email: Given) -> Person:
    return Person(name or None, phone_key(phone) if phone else None, email_key(email) if email else None)


def _written(booking: BookingEvent) -> Claim:
    """What the notes say that the booker is to the person at the pickup."""
    notes = known(booking.notes)
    texts = (notes.driver, notes.office) if notes is not None else ()
    claims = [claim_in_text(text) for text in (*texts, stop(booking.pickup).notes) if isinstance(text, str) and text]
    if len(claims) < 2:
        return claims[0] if claims else NO_CLAIM
    return Claim(
        family=any(claim.family for claim in claims),
        carer=any(claim.carer for claim in claims),
        close=any(claim.close for claim in claims),
        on_behalf=any(claim.on_behalf for claim in claims),
    )


@lru_cache(maxsize=16_384)
def _is_kin(name: str) -> bool:
    """Whether somebody is named as what they are to the booker, and not by name: "Nan", "my grandad"."""
    return not parts(name) and claim_of(name).family


def _is_themselves(booker: Person, other: Person, claimed: Claim) -> YesNo:
    """Whether the booker is who is fetched, or whose parcel is. Who says to be somebody's son is not that person: a
    surname that fits ("Gerald Duckworth" for "Mrs Duckworth"), or one number for both, is a family's. A clerk may write
    one name twice."""
    same = _same(booker, other)
    if same != "yes" or not (claimed.family or claimed.carer or claimed.close):
        return same
    alike = booker.name is not None and other.name is not None and parts(booker.name) == parts(other.name)
    return "yes" if alike or other.name is None else "no"


def _same(one: Person, other: Person) -> YesNo:
    """By name where both have one (a relative may answer on the same line), else by number or e-mail address. A name
    of one word is many people's: on another number it leaves open who that is. "Nan" is nobody's own name: whose
    number is given for her is somebody else."""
    phone = None if one.phone is None or other.phone is None else one.phone == other.phone
    email = None if one.email is None or other.email is None else one.email == other.email
    if one.name and other.name:
        match = name_match(one.name, other.name)
        if match == "same" and phone is False and email is not True and (is_bare(one.name) or is_bare(other.name)):
            return "unknown"
        if match != "unknown":
            return "yes" if match == "same" else "no"
        if phone is True and _is_kin(one.name) != _is_kin(other.name) and (parts(one.name) or parts(other.name)):
            return "no"
    if phone is True or email is True:
        return "yes"
    return "unknown" if phone is None and email is None else "no"
