"""An event as it is published: checked, in UTC, phones in E.164, postcodes one way; the rest as it was written."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking_ingest.normalise.event import Normalised, normalise
from pickup_contracts.errors import CardNumberFound, MalformedEvent

GOOD: dict[str, Any] = {"event_id": "e-1", "booking_id": "J-1", "occurred_at": "2026-07-20T12:02:10+01:00"}


def made(zone: ZoneInfo | None = None, **fields: Any) -> Normalised:
    return normalise(json.dumps({**GOOD, **fields}).encode(), zone=zone)


def body(**fields: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(made(**fields).body("op-1"))
    return document


def test_times_become_utc() -> None:
    assert body(pickup_at="2026-07-20T13:00:00+01:00")["pickup_at"] == "2026-07-20T12:00:00Z"
    assert body()["occurred_at"] == "2026-07-20T11:02:10Z"


def test_the_operator_is_put_in() -> None:
    assert body()["operator_id"] == "op-1"
    assert made(operator_id="op-2").operator_id == "op-2"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900 123", "+447700900123"),
        ("020 7946 0071", "+442079460071"),
        ("ask at the desk", "ask at the desk"),
        ("12", "12"),
    ],
)
def test_phones_are_read_where_they_can_be(written: str, published: str) -> None:
    assert body(booker={"phone": written})["booker"]["phone"] == published


@pytest.mark.parametrize(
    ("address", "postcode"),
    [
        ({"postcode": "sg85aa"}, "SG8 5AA"),
        ({"line1": "14 Meadow Close, Royston SG8 5AA"}, "SG8 5AA"),
        ({"line1": "14 Meadow Close"}, None),
        ({"line1": "1 rue X, 75001", "country": "FR"}, None),
        ({"postcode": "not one"}, "not one"),
    ],
)
def test_postcodes(address: dict[str, str], postcode: str | None) -> None:
    assert body(pickup={"address": address})["pickup"]["address"].get("postcode") == postcode


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"notes": {"driver": "pay with 4111 1111 1111 1111"}}, "notes.driver"),
        ({"payment": {"token": "4111111111111111"}}, "payment.token"),
        ({"items": [{"description": "x"}, {"description": "4111111111111111"}]}, "items[1].description"),
        ({"pickup": {"address": {"line1": "4111111111111111"}}}, "pickup.address.line1"),
    ],
)
def test_a_card_number_is_refused_and_not_repeated(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(CardNumberFound) as caught:
        made(**fields)
    assert caught.value.field == field
    assert "4111" not in str(caught.value)


def test_numbers_that_are_no_text_are_not_tested() -> None:
    made(items=[{"barcode": "4111111111111111"}], booking_id="4111111111111111", booker={"phone": "4111111111111111"})


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2Jx", "bell\x07", "\x7f", "a\x85b"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(MalformedEvent, match=r"notes\.driver: holds control characters"):
        made(notes={"driver": text})
    with pytest.raises(MalformedEvent, match="booking_id"):
        made(booking_id="a\nb")
    assert body(notes={"driver": "line\nbreak\tand tab"})["notes"]["driver"] == "line\nbreak\tand tab"


def test_local_times_need_a_zone() -> None:
    local: dict[str, Any] = {"occurred_at": "2026-07-20T12:02:10", "pickup_at": "2026-12-01T09:00:00"}
    with pytest.raises(MalformedEvent, match="occurred_at: must be a time with an offset"):
        made(**local)
    event = made(ZoneInfo("Europe/London"), **local)
    assert event.document["pickup_at"].isoformat() == "2026-12-01T09:00:00+00:00"
    assert event.occurred_at.isoformat() == "2026-07-20T11:02:10+00:00"


def test_a_number_is_no_time_even_with_a_zone() -> None:
    with pytest.raises(MalformedEvent, match="occurred_at"):
        made(ZoneInfo("Europe/London"), occurred_at=1763636530)


def test_content_is_compared_without_when_it_was_said() -> None:
    assert made().content == made(occurred_at="2026-07-20T12:05:00+01:00").content
    assert made().content != made(status="accepted").content


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pickup_at": "0001-01-01T00:00:00Z"}, "pickup_at"),
        ({"driver_eta": "0001-01-01T00:00:00+14:00"}, "driver_eta"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
        ({"requested_at": "9999-12-31T23:59:59Z"}, "requested_at"),
        ({"booker": {"account": {"opened_at": "0001-01-01T00:00:00Z"}}}, "booker.account.opened_at"),
        ({"via": [{}, {"window": {"to": "9999-12-31T00:00:00Z"}}]}, "via[1].window.to"),
    ],
)
def test_what_systems_write_for_no_time_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedEvent, match="is not a time that can be") as caught:
        made(**fields)
    assert caught.value.field == field


def test_times_long_past_and_long_ahead_are_times() -> None:
    event = made(booker={"account": {"opened_at": "1970-01-01T00:00:00Z"}}, pickup_at="2099-01-01T00:00:00Z")
    assert event.document["booker"]["account"]["opened_at"].year == 1970


@pytest.mark.parametrize("text", ["   ", "\u200b", "J-1\u200b", "\u202eJ-1", "\ufeffJ-1", "J\u2028-1"])
def test_an_id_that_nobody_sees_as_it_is_is_refused(text: str) -> None:
    for fields, field in (
        ({"booking_id": text}, "booking_id"),
        ({"event_id": text}, "event_id"),
        ({"related": [{"booking_id": text}]}, "related[0].booking_id"),
    ):
        with pytest.raises(MalformedEvent, match="nobody sees") as caught:
            made(**fields)
        assert caught.value.field == field
    assert made(booking_id="Job 7/ü-é 東").booking_id == "Job 7/ü-é 東"
    assert made(notes={"driver": f"gate code {text}"}).document["notes"]["driver"] == f"gate code {text}"


def test_a_code_ends_where_it_ends() -> None:
    for fields in ({"fare": {"currency": "GBP\n"}}, {"pickup": {"address": {"country": "GB\n"}}}):
        with pytest.raises(MalformedEvent, match="holds control characters"):
            made(**fields)
