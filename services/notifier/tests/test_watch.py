"""What is kept of a booking while it lives, in any order of its events."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from notifier.watch import Watched, card, watch
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking


def event(second: int, **fields: Any) -> BookingEvent:
    at = f"2026-11-20T11:00:{second:02d}Z"
    return decode_booking(
        json.dumps({"event_id": f"e{second}", "booking_id": "b", "occurred_at": at, **fields}).encode()
    )


def watched(*events: BookingEvent) -> Watched:
    known: Watched | None = None
    for one in events:
        known = watch(known, one)
    assert known is not None
    return known


FIRST = event(
    1,
    status="requested",
    revision=1,
    pickup={"address": {"line1": "1 A St", "town": "Royston"}, "contact": {"name": "Mrs A", "phone": "0123"}},
    notes={"driver": "secret"},
    booker={"name": "Somebody", "phone": "+447700900123"},
    payment={"token": "abc"},
)
ASSIGNED = event(2, status="driver_assigned", revision=2, driver={"id": "7"}, driver_eta="2026-11-20T11:12:00Z")


def test_what_no_alert_shows_is_not_kept() -> None:
    kept = str(watched(FIRST))
    for word in ("secret", "Somebody", "900123", "abc"):
        assert word not in kept


def test_a_late_event_adds_and_overwrites_nothing() -> None:
    for order in ((FIRST, ASSIGNED), (ASSIGNED, FIRST)):
        seen = watched(*order)
        assert (seen.booking.status, card(seen).driver) == ("driver_assigned", "7")
        assert card(seen).pickup == "1 A St, Royston"
        assert seen.act_before is not None


def test_the_card_of_nothing_is_empty() -> None:
    assert card(None).pickup == card(watched(event(1))).pickup == ""


def test_a_time_that_cannot_be_is_no_deadline() -> None:
    unset = event(2, status="driver_assigned", revision=2, driver_eta="0001-01-01T00:00:00Z")
    assert watched(FIRST, unset).act_before is None
    agreed = event(3, revision=3, pickup_at="2026-11-20T11:20:00Z")
    assert str(watched(FIRST, unset, agreed).act_before) == "2026-11-20 11:20:00+00:00"


def test_that_nobody_has_the_job_is_more_than_not_saying_who_does() -> None:
    again = msgspec.json.Decoder(Watched)
    freed = event(3, revision=3, driver=None)
    for known, driver, unassigned in (
        (watched(FIRST), None, False),
        (watched(ASSIGNED), "7", False),
        (watched(FIRST, ASSIGNED, event(3, revision=3, status="accepted")), "7", False),
        (watched(FIRST, ASSIGNED, freed), None, True),
        (watched(FIRST, freed, ASSIGNED), None, True),
        (watched(FIRST, freed, event(4, revision=4, driver={"id": "8"})), "8", False),
        (watched(event(1, driver={"id": None})), None, True),
        (watched(event(1, driver={})), None, False),
    ):
        kept = again.decode(msgspec.json.encode(known))
        assert (known.driver, known.unassigned) == (kept.driver, kept.unassigned) == (driver, unassigned)


def test_another_driver_is_not_rung_on_the_number_of_the_one_before() -> None:
    first = event(1, revision=1, driver={"id": "d-1", "phone": "+447700900111"})
    second = event(2, revision=2, driver={"id": "d-2"})
    for order in ((first, second), (second, first)):
        assert (card(watched(*order)).driver, card(watched(*order)).driver_phone) == ("d-2", "")
