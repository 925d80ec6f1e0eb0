"""Who is who on a booking: people compared by name, number and mailbox, and who they claim to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pickup_contracts.codec import decode_booking
from risk_scorer.parties.claims import Claim, claim_in_text, claim_of
from risk_scorer.parties.compare import Parties, compare
from risk_scorer.parties.names import parts


@pytest.mark.parametrize(
    ("relationship", "claim"),
    [
        ("grandson", Claim(family=True)),
        ("Her NEPHEW", Claim(family=True)),
        ("son-in-law", Claim(family=True)),
        ("daughter in law", Claim(family=True)),
        ("Carer", Claim(carer=True)),
        ("support worker", Claim(carer=True)),
        ("power of attorney", Claim(carer=True)),
        ("next-door neighbour", Claim(close=True)),
        ("family friend", Claim(family=True, close=True)),
        ("booking on behalf of mum", Claim(family=True, on_behalf=True)),
        ("no relation", Claim()),
        ("not related", Claim()),
        ("customer", Claim()),
        ("self", Claim()),
        ("", Claim()),
        ("mason", Claim()),
        ("sonographer", Claim()),
    ],
)
def test_what_is_claimed(relationship: str, claim: Claim) -> None:
    assert claim_of(relationship) == claim


@pytest.mark.parametrize(
    ("note", "claim"),
    [
        ("This is her grandson, she has an envelope for me", Claim(family=True)),
        ("Booked by his nephew", Claim(family=True)),
        ("booked by the customer's carer", Claim(carer=True)),
        ("Booking made on behalf of Mrs Foxton", Claim(on_behalf=True)),
        ("paid by a friend", Claim(close=True)),
        ("Her nephew will be at the door", Claim()),
        ("Take the parcel to my nan", Claim()),
        ("Ring her son if late", Claim()),
        ("This is not a relative", Claim()),
        ("this is son goku street", Claim(family=True)),
        ("", Claim()),
    ],
)
def test_what_a_note_claims(note: str, claim: Claim) -> None:
    assert claim_in_text(note) == claim


def parties(**fields: Any) -> Parties:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
    return compare(decode_booking(json.dumps(event).encode()))


def stop(**contact: str) -> dict[str, Any]:
    return {"address": {"line1": "14 Meadow Close"}, "contact": contact}


def test_unknown_compared_with_anything_is_unknown() -> None:
    nothing = parties()
    assert (nothing.booker_is_pickup_contact, nothing.booker_is_recipient) == ("unknown", "unknown")
    assert not nothing.three_parties
    for nobody in (
        {},
        {"name": "Customer"},
        {"phone": "withheld"},
        {"name": "TBC", "phone": "0", "email": "none@none.com"},
    ):
        for somebody in (
            {},
            {"name": "Jane Foxton"},
            {"phone": "07700 900101"},
            {"name": "J Foxton", "email": "j@example.com"},
        ):
            read = parties(booker=somebody, pickup=stop(**nobody), dropoff=stop(**nobody))
            assert (read.booker_is_pickup_contact, read.booker_is_recipient) == ("unknown", "unknown")
            assert not read.three_parties
            assert not read.same_surname_pickup_dropoff


def test_names_go_before_numbers() -> None:
    # A grandson may book on his grandmother's line: the number is the same, the people are not.
    read = parties(
        booker={"name": "Ian Foxton", "phone": "01763 900123"}, pickup=stop(name="Jane Foxton", phone="01763 900123")
    )
    assert read.booker_is_pickup_contact == "no"
    assert read.pickup_phone_is_booker_phone


def test_a_bare_name_on_another_number_leaves_it_open() -> None:
    booker = {"name": "Mrs Foxton", "phone": "07700 900101"}
    assert (
        parties(booker=booker, pickup=stop(name="Jane Foxton", phone="01763 900123")).booker_is_pickup_contact
        == "unknown"
    )
    assert parties(booker=booker, pickup=stop(name="Jane Foxton")).booker_is_pickup_contact == "yes"
    assert (
        parties(booker=booker, pickup=stop(name="Jane Foxton", phone="+447700900101")).booker_is_pickup_contact == "yes"
    )


def test_a_placeholder_leaves_it_to_the_number() -> None:
    read = parties(
        booker={"name": "Jane Foxton", "phone": "07700 900101"}, pickup=stop(name="Customer", phone="0044 7700 900101")
    )
    assert read.booker_is_pickup_contact == "yes"
    read = parties(
        booker={"name": "Jane Foxton", "phone": "07700 900101"}, pickup=stop(name="Customer", phone="07700 900102")
    )
    assert read.booker_is_pickup_contact == "no"


def test_nobody_is_called_nan_on_a_grandsons_telephone() -> None:
    josh = {"name": "Josh", "phone": "07700 900101"}
    for kin in ("Nan", "my nan", "Grandad", "mum", "Auntie"):
        read = parties(
            booker=josh,
            pickup=stop(name=kin, phone="07700 900101"),
            dropoff=stop(name="Josh", phone="07700 900101"),
        )
        assert read.booker_is_pickup_contact == "no", kin
        assert read.booker_is_recipient == "yes"
        assert read.pickup_phone_is_booker_phone
        # Who she is on a number of her own, or on none, is not said.
        assert parties(booker=josh, pickup=stop(name=kin)).booker_is_pickup_contact == "unknown"
    for himself in ("Customer", "Self", "Josh", "J"):
        read = parties(booker=josh, pickup=stop(name=himself, phone="07700 900101"))
        assert read.booker_is_pickup_contact == "yes", himself
    read = parties(booker={"name": "Mum", "phone": "07700 900101"}, pickup=stop(name="Mum", phone="07700 900101"))
    assert read.booker_is_pickup_contact == "yes"


def test_who_rides_is_at_the_pickup_when_nobody_else_is_said_to_be() -> None:
    stranger = {"name": "Dean Farrow", "phone": "07700 900136"}
    rider = {"name": "Mrs J Tolley", "phone": "01632 960859"}
    rides = parties(booker=stranger, passenger=rider, carries="passenger")
    assert (rides.booker_is_pickup_contact, rides.pickup_named, rides.has_pickup_phone) == ("no", True, True)
    assert parties(booker=rider, passenger=rider, carries="passenger").booker_is_pickup_contact == "yes"
    asked_for = parties(booker=stranger, pickup=stop(name="Dean Farrow"), passenger=rider, carries="passenger")
    assert asked_for.booker_is_pickup_contact == "yes"
    for goods in ({"carries": "parcel"}, {"carries": "unknown"}, {}):
        read = parties(booker=stranger, passenger=rider, **goods)
        assert (read.booker_is_pickup_contact, read.pickup_named) == ("unknown", False), goods


def test_who_says_to_be_somebodys_son_is_not_that_person() -> None:
    son = {"name": "Gerald Duckworth", "phone": "07700 900135", "relationship": "son"}
    assert parties(booker=son, pickup=stop(name="Mrs Duckworth")).booker_is_pickup_contact == "no"
    assert parties(booker=son, pickup=stop(name="Duckworth", phone="07700 900135")).booker_is_pickup_contact == "no"
    rides = parties(booker=son, pickup=stop(name="Mrs Duckworth"), passenger={"name": "Mrs Duckworth"})
    assert not rides.booker_is_passenger
    # One name twice is a clerk's; and no name leaves it to the number.
    assert parties(booker=son, pickup=stop(name="Mr Gerald Duckworth")).booker_is_pickup_contact == "yes"
    assert parties(booker=son, pickup=stop(phone="07700 900135")).booker_is_pickup_contact == "yes"
    # Without a claim, "Mrs Duckworth" may be who rings.
    unsaid = {"name": "Gerald Duckworth", "phone": "07700 900135"}
    assert parties(booker=unsaid, pickup=stop(name="Mrs Duckworth")).booker_is_pickup_contact == "yes"
    itself = {**unsaid, "relationship": "self"}
    assert parties(booker=itself, pickup=stop(name="Mrs Duckworth")).booker_is_pickup_contact == "yes"


def test_by_mailbox() -> None:
    booker = {"email": "Jane+taxi@example.com"}
    assert parties(booker=booker, dropoff=stop(email="jane@EXAMPLE.com")).booker_is_recipient == "yes"
    assert parties(booker=booker, dropoff=stop(email="ian@example.com")).booker_is_recipient == "no"


def test_three_parties() -> None:
    booker = {"name": "Ian Foxton", "phone": "07700 900101"}
    assert parties(booker=booker, pickup=stop(name="Jane Foxton"), dropoff=stop(name="A Stranger")).three_parties
    assert not parties(booker=booker, pickup=stop(name="Jane Foxton"), dropoff=stop(name="I Foxton")).three_parties


def test_claims_come_from_the_field_and_from_notes() -> None:
    read = parties(booker={"name": "Ian", "relationship": "carer"}, notes={"driver": "Booked on behalf of Mrs Foxton"})
    assert (read.claims_family, read.claims_carer, read.claims_on_behalf, read.claims_in_text) == (
        True,
        True,
        True,
        True,
    )
    assert not parties(notes={"driver": "ring her son"}).claims_in_text


def test_a_placeholder_is_no_first_name() -> None:
    assert parties(booker={"name": "Jane"}).first_name_only_booker
    assert not parties(booker={"name": "Customer"}).first_name_only_booker
    assert not parties(booker={"name": "Mrs Foxton"}).first_name_only_booker
    assert parts("Customer") == ()
