"""What is kept of a booking while it lives, in any order of its events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from notifier.watch import KEPT, Watched, card, watch
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking
from pickup_contracts.merge import apply, begin


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


def test_a_late_event_counts_over_what_came_before_it() -> None:
    first = event(1, driver={"id": "7"}, driver_eta="2026-11-20T15:00:00Z")
    late = event(2, driver={"id": "8"}, driver_eta="2026-11-20T14:00:00Z")
    newest = event(3, status="en_route_to_pickup")
    seen = watched(first, newest, late)
    assert (seen.driver, str(seen.act_before)) == ("8", "2026-11-20 14:00:00+00:00")
    assert seen.booking.status == "en_route_to_pickup"
    assert watch(seen, late) == watch(seen, first) == seen, "what comes twice changes nothing"


_DRIVERS = st.none() | st.fixed_dictionaries(
    {}, optional={"id": st.none() | st.sampled_from("78"), "phone": st.sampled_from(["+447700900111", "+447700900222"])}
)
_PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "driver": _DRIVERS,
        "driver_eta": st.none() | st.integers(0, 59).map(lambda minute: f"2026-11-20T12:{minute:02d}:00Z"),
        "status": st.sampled_from(["driver_assigned", "en_route_to_pickup", "collected"]),
        "pickup": st.fixed_dictionaries(
            {},
            optional={
                "address": st.fixed_dictionaries({"line1": st.sampled_from(["1 A", "2 B"])}),
                "organisation": st.sampled_from(["X", "Y"]),
            },
        ),
    },
)


@given(
    st.lists(st.tuples(_PATCHES, st.integers(0, 59), st.none() | st.integers(1, 9)), min_size=1, max_size=8),
    st.booleans(),
    st.integers(1, 8),
)
def test_the_booking_is_that_of_its_events_in_order_however_they_come(
    drawn: list[Any], numbered: bool, before: int
) -> None:
    """By revision while all have one, else by time; what stands at the same place in the order in which it came. A
    booking of before events were kept goes on from what it was."""
    events = [
        event(second, **patch, event_id=f"e{n}", **({"revision": revision or 1} if numbered or revision else {}))
        for n, (patch, second, revision) in enumerate(drawn)
    ]
    by_revision = all(isinstance(one.revision, int) for one in events)
    ordered = sorted(events, key=lambda one: (one.revision if by_revision else 0, one.occurred_at))
    expected = begin(ordered[0])
    for one in ordered[1:]:
        expected = apply(expected, one)
    again = msgspec.json.Decoder(Watched)
    known: Watched | None = None
    for one in events:
        known = again.decode(msgspec.json.encode(watch(known, one)))
    assert known is not None
    assert known.booking == expected
    if events == ordered:
        old = watched(*events[:before])
        for one in events[before:]:
            old = watch(Watched(old.booking, old.newest), one)
        assert old.booking == expected


def test_of_a_booking_with_very_many_events_the_oldest_are_kept_as_what_they_made() -> None:
    many = [event(n % 60, event_id=f"m{n}", occurred_at=f"2026-11-20T11:{n // 60:02d}:{n % 60:02d}Z",
                  driver_eta=f"2026-11-20T12:00:{n % 60:02d}Z") for n in range(10, KEPT + 20)]  # fmt: skip
    known = watched(event(5, driver={"id": "7"}), *many)
    assert (len(known.events), known.driver) == (KEPT, "7")
    assert known.act_before == many[-1].driver_eta
    assert watch(known, event(4, driver={"id": "8"}, passengers=2)).driver == "7"
    assert watch(known, event(4, driver={"id": "8"}, passengers=2)).booking.passengers == 2
    in_between = event(0, event_id="late", occurred_at=many[-2].occurred_at.isoformat(), driver={"id": "9"})
    assert (watch(known, in_between).driver, watch(known, in_between).act_before) == ("9", known.act_before)


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


def test_what_nothing_was_heard_of_for_two_days_after_its_time_is_over() -> None:
    heard = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    booked = BookingEvent(event_id="e", booking_id="b", operator_id="op", occurred_at=heard, status="accepted")
    day = timedelta(days=1)
    assert [watch(None, booked).over(heard + days) for days in (day, 3 * day)] == [False, True]
    later = msgspec.structs.replace(booked, pickup_at=heard + 5 * day)
    assert [watch(None, later).over(heard + days) for days in (3 * day, 6 * day, 8 * day)] == [False, False, True]
    ended = msgspec.structs.replace(booked, status="delivered")
    assert watch(None, ended).over(heard)
