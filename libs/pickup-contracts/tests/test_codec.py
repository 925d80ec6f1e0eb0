"""An event that does not keep the contract is refused by the name of its field, and nothing it held is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking, encode
from pickup_contracts.errors import MalformedEvent

GOOD: dict[str, Any] = {"event_id": "e-1", "booking_id": "J-1", "occurred_at": "2026-11-20T11:02:10Z"}


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"occurred_at": 1763636530}, "occurred_at", "must be a time such as"),
        ({"occurred_at": "2026-11-20T11:02:10"}, "occurred_at", "must be a time with an offset"),
        ({"occurred_at": "yesterday"}, "occurred_at", "must be a time"),
        ({"status": "exploded"}, "status", "not one of the values"),
        (
            {"pickup": {"address": {"postcode": 5}}},
            "pickup.address.postcode",
            "must be text or null, is a whole number",
        ),
        ({"pickup": {"adress": {}}}, "pickup.adress", "not part of the contract"),
        ({"wait_and_return": "yes"}, "wait_and_return", "must be true or false"),
        ({"items": {"description": "x"}}, "items", "must be a list"),
        ({"pickup": {"address": {"lat": 91}}}, "pickup.address.lat", "must be a number of at most 90"),
        ({"revision": 0}, "revision", "must be a whole number of at least 1"),
        ({"passengers": -1}, "passengers", "must be a whole number of at least 0"),
        ({"notes": {"driver": "x" * 2001}}, "notes.driver", "must be text of at most 2000 characters"),
        ({"items": [{}] * 201}, "items", "must be a list of at most 200 entries"),
        ({"operator_id": "No Such"}, "operator_id", "form"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        decode_booking(json.dumps({**GOOD, **change}).encode())
    assert caught.value.field == field
    assert reason in caught.value.reason


@pytest.mark.parametrize("missing", ["event_id", "booking_id", "occurred_at"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(MalformedEvent, match=f"{missing}: is required"):
        decode_booking(json.dumps({name: value for name, value in GOOD.items() if name != missing}).encode())


@pytest.mark.parametrize("raw", [b"", b"{", b'{"event_id": "e', b"\xff\xfe", b"not json"])
def test_what_is_not_json_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(MalformedEvent, match="not valid JSON"):
        decode_booking(raw)


def test_a_secret_in_a_wrong_place_is_not_repeated() -> None:
    for change in ({"mrs-jones-07700900123": 1}, {"status": "mrs jones"}, {"pickup_at": "mrs jones"}):
        with pytest.raises(MalformedEvent) as caught:
            decode_booking(json.dumps({**GOOD, **change}).encode())
        assert "jones" not in str(caught.value)


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_nothing_but_a_malformed_event_comes_of_bad_bytes(raw: bytes) -> None:
    try:
        decode_booking(raw)
    except MalformedEvent:
        return
    raise AssertionError("bytes without the required fields were taken for an event")


def test_what_is_encoded_is_decoded_again() -> None:
    event = decode_booking(json.dumps({**GOOD, "dropoff": None, "notes": {"driver": None, "office": "x"}}).encode())
    assert isinstance(event, BookingEvent)
    assert decode_booking(encode(event)) == event
    assert json.loads(encode(event))["dropoff"] is None
