"""What of a booking may be shown to explain it: codes stay, words go."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from msgspec import Struct

from pickup_contracts import booking as contract
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking, encode
from risk_scorer.explain.redacted import CODED, redacted


def event(**fields: Any) -> BookingEvent:
    return decode_booking(
        encode(
            {
                "event_id": "e",
                "booking_id": "B-1",
                "operator_id": "op-1",
                "occurred_at": "2026-11-20T12:00:00Z",
                **fields,
            }
        )
    )


def test_of_a_booking_codes_stay_and_words_go() -> None:
    parts = redacted(
        event(
            status="requested",
            pickup={
                "address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "sg8 5aa", "lat": 52.05},
                "contact": {"name": "Mrs Example", "phone": "+447700900101"},
                "premises": "residential",
                "window": {"from": "2026-11-20T12:00:00+01:00"},
            },
            items=[{"description": "her card", "weight_g": 20, "barcode": "X1"}],
            payment={"method": "card", "token": "tok_1", "card_country": "FR"},
            distance_m=61000,
            wait_and_return=False,
        )
    )
    assert [(part.name, part.coded, part.withheld) for part in parts] == [
        ("booking", {"status": "requested", "wait_and_return": "no", "distance_m": "61000"}, []),
        (
            "pickup",
            {
                "address.postcode": "SG8",
                "premises": "residential",
                "window.from": "2026-11-20 11:00 UTC",
            },
            ["address.line1", "address.town", "address.lat", "contact.name", "contact.phone"],
        ),
        ("items[0]", {"weight_g": "20"}, ["description", "barcode"]),
        ("payment", {"method": "card", "card_country": "FR"}, ["token"]),
    ]


@pytest.mark.parametrize("postcode", ["SG8", "14 SG8 5AA", "07700900101", "SG8 5AA Royston"])
@pytest.mark.parametrize("town", ["14 Meadow Close", "07700 900101", "a@b.example", "Royston, ask for Jo at the back"])
def test_what_only_claims_to_be_a_town_or_postcode_is_withheld(town: str, postcode: str) -> None:
    booking = event(pickup={"address": {"town": town, "postcode": postcode[:16]}})
    assert [(part.coded, part.withheld) for part in redacted(booking)] == [({}, ["address.town", "address.postcode"])]


def test_coded_fields_are_those_whose_words_come_from_a_list() -> None:
    """By the contract's own types, so that a field that becomes free text is noticed."""
    listed: set[str] = set()
    free: set[str] = set()
    for struct in vars(contract).values():
        if isinstance(struct, type) and issubclass(struct, Struct):
            for name, kind in typing.get_type_hints(struct, include_extras=True).items():
                said = str(kind)
                if "Literal" in said or "^[A-Z" in said:
                    listed.add(name)
                elif "str" in said:
                    free.add(name)
    assert not CODED & free
    assert listed - {"operator_id"} == CODED
