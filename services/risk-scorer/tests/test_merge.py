"""The same events make the same booking, in any order and however often they come."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.booking import BookingEvent
from pickup_contracts.codec import decode_booking
from risk_scorer.merge import Arrived, BookingState, fold, fold_all, in_order, order_of

_STATUSES = ("requested", "accepted", "driver_assigned", "arrived_at_pickup", "collected", "cancelled", "delivered")


def event(number: int, **fields: Any) -> BookingEvent:
    return decode_booking(
        json.dumps(
            {"event_id": f"e{number}", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
        ).encode()
    )


_patches = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(_STATUSES),
        "notes": st.none() | st.fixed_dictionaries({}, optional={"driver": st.none() | st.text(max_size=5)}),
        "pickup": st.fixed_dictionaries(
            {},
            optional={"address": st.fixed_dictionaries({"line1": st.sampled_from(["1 A", "2 B"])}), "notes": st.text()},
        ),
        "dropoff": st.fixed_dictionaries(
            {"address": st.fixed_dictionaries({"line1": st.sampled_from(["3 C", "4 D"])})}
        ),
        "items": st.lists(st.fixed_dictionaries({"description": st.text(max_size=4)}), max_size=2),
        "passengers": st.integers(0, 4),
    },
)
_moments = st.integers(0, 59).map(lambda second: f"2026-11-20T11:00:{second:02d}Z")


@given(st.lists(st.tuples(_patches, _moments), min_size=1, max_size=8), st.booleans(), st.randoms())
def test_any_order_gives_the_same_booking(drawn: list[Any], numbered: bool, rng: Any) -> None:
    events = [
        Arrived(event(n, **patch, occurred_at=moment, **({"revision": n + 1} if numbered else {})), n)
        for n, (patch, moment) in enumerate(drawn)
    ]
    shuffled = events[:]
    rng.shuffle(shuffled)
    assert fold_all(shuffled) == fold_all(events)


@given(st.lists(_patches, min_size=2, max_size=6))
def test_folding_one_by_one_is_folding_all(patches: list[Any]) -> None:
    events = [Arrived(event(n, **patch, revision=n + 1), n) for n, patch in enumerate(patches)]
    state: BookingState | None = None
    for arrived in in_order(events):
        state = fold(state, arrived.event)
    assert state == fold_all(events)


def test_an_older_revision_never_overwrites_and_may_add() -> None:
    newest = Arrived(event(2, revision=2, status="accepted"), 0)
    older = Arrived(event(1, revision=1, status="requested", passengers=2), 1)
    state = fold_all([newest, older])
    assert state is not None
    assert (state.booking.status, state.booking.passengers) == ("accepted", 2)
    assert order_of(older).before(order_of(newest))
    assert not order_of(newest).before(order_of(older))
