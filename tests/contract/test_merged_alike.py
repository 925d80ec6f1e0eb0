"""The scorer and the notifier make the same booking of the same events: a warning's deadline is that of its score."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifier.watch import Watched, watch
from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking
from risk_scorer.merge import Arrived, fold_all

_COMPARED = ("driver", "driver_eta", "pickup_at", "status", "items", "occurred_at")
_PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "driver": st.none() | st.fixed_dictionaries({"id": st.sampled_from("789")}, optional={"name": st.just("A")}),
        "driver_eta": st.integers(0, 59).map(lambda minute: f"2026-11-20T12:{minute:02d}:00Z"),
        "pickup_at": st.none() | st.integers(0, 59).map(lambda minute: f"2026-11-20T12:{minute:02d}:00Z"),
        "status": st.sampled_from(["driver_assigned", "en_route_to_pickup", "collected", "cancelled"]),
        "items": st.lists(st.fixed_dictionaries({"description": st.sampled_from(["card", "keys"])}), max_size=2),
    },
)


def _event(number: int, patch: dict[str, Any], second: int, revision: int | None) -> BookingEvent:
    said = {"event_id": f"e{number}", "booking_id": "b", "occurred_at": f"2026-11-20T11:00:{second:02d}Z", **patch}
    return decode_booking(json.dumps(said | ({"revision": revision} if revision is not None else {})).encode())


@given(
    st.lists(st.tuples(_PATCHES, st.integers(0, 9), st.integers(1, 6)), min_size=1, max_size=8),
    st.sampled_from(["all", "some", "none"]),
)
def test_of_whatever_order_and_numbering(drawn: list[Any], numbered: str) -> None:
    events = [
        _event(n, patch, second, revision if numbered == "all" or (numbered == "some" and n % 2) else None)
        for n, (patch, second, revision) in enumerate(drawn)
    ]
    known: Watched | None = None
    for one in events:
        known = watch(known, one)
    scored = fold_all(Arrived(one, n) for n, one in enumerate(events))
    assert known is not None
    assert scored is not None
    for field in _COMPARED:
        assert getattr(known.booking, field) == getattr(scored.booking, field), field
