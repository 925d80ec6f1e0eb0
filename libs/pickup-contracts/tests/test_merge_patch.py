"""A merge patch onto a booking: what is absent stays, null clears, an array replaces, an address is whole."""

from __future__ import annotations

import json
from typing import Any

from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking, encode
from pickup_contracts.merge import apply, begin


def event(**fields: Any) -> BookingEvent:
    return decode_booking(
        json.dumps({"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}).encode()
    )


def merged(*patches: dict[str, Any]) -> dict[str, Any]:
    booking = begin(event(**patches[0]))
    for patch in patches[1:]:
        booking = apply(booking, event(**patch))
    document: dict[str, Any] = json.loads(encode(booking))
    return document


def test_absent_stays_and_null_clears() -> None:
    known = merged({"notes": {"driver": "a", "office": "b"}}, {"notes": {"driver": None}})
    assert known["notes"] == {"driver": None, "office": "b"}


def test_an_array_replaces() -> None:
    known = merged({"items": [{"description": "a"}, {"description": "b"}]}, {"items": [{"description": "c"}]})
    assert known["items"] == [{"description": "c"}]


def test_another_address_drops_what_described_the_old_place() -> None:
    here = {"line1": "1 A St", "town": "Royston"}
    stop = {"address": here, "organisation": "X Ltd", "premises": "business", "notes": "bell", "contact": {"name": "A"}}
    known = merged({"pickup": stop, "distance_m": 900}, {"pickup": {"address": {"line1": "2 B St"}}})
    assert known["pickup"] == {"address": {"line1": "2 B St"}, "notes": "bell", "contact": {"name": "A"}}
    assert "distance_m" not in known


def test_the_same_address_again_drops_nothing() -> None:
    here = {"line1": "1 A St", "town": "Royston"}
    stop = {"address": here, "organisation": "X Ltd", "premises": "business"}
    known = merged({"pickup": stop, "distance_m": 900}, {"pickup": {"address": here}})
    assert known["pickup"] == stop
    assert known["distance_m"] == 900


def test_what_identifies_the_event_is_no_part_of_the_booking() -> None:
    known = merged({"revision": 3, "changed_by": "booker", "change_reason": "late"})
    assert not {"revision", "changed_by", "change_reason"} & known.keys()


def test_another_driver_has_nothing_of_the_one_before() -> None:
    first = {"id": "d-1", "name": "A", "phone": "+447700900111", "vehicle": "Red Skoda, AB12 CDE"}
    assert merged({"driver": first}, {"driver": {"id": "d-2"}})["driver"] == {"id": "d-2"}
    assert merged({"driver": first}, {"driver": None})["driver"] is None
    assert merged({"driver": first}, {"driver": {"id": "d-1", "name": "B"}})["driver"] == {**first, "name": "B"}
    assert merged({"driver": first}, {"driver": {"phone": "+447700900222"}})["driver"]["id"] == "d-1"
    assert merged({"driver": {"phone": "+447700900111"}}, {"driver": {"id": "d-1"}})["driver"] == {
        "id": "d-1",
        "phone": "+447700900111",
    }
