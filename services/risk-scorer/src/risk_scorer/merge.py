"""Events to booking: RFC 7396 merge patches, folded in the operator's order whatever order they arrived in.

The same set of events gives the same booking: a late event is put in its place and the booking is folded anew,
so that an older revision can add what nobody said since but never overwrites.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.booking import BookingEvent
from pickup_contracts.merge import apply, begin
from risk_scorer.lifecycle import Lifecycle, step


class Arrived(Struct, frozen=True):
    """An event and its place in the order of arrival (`seq` rises with the topic's offset)."""

    event: BookingEvent
    seq: int


#: The course of a booking of which nothing was heard before.
NEW = Lifecycle()


class BookingState(Struct, frozen=True):
    """One booking as it is known now. `booking` holds merged fields; its `occurred_at` is the newest event's."""

    booking: BookingEvent
    lifecycle: Lifecycle = NEW


class Order(Struct, frozen=True):
    """Where the newest folded event stands. Revisions order only while every event of the booking carries one."""

    by_revision: bool
    revision: int
    occurred_at: datetime
    seq: int

    def before(self, other: Order) -> bool:
        """Whether `other` may simply be folded on top."""
        if self.by_revision != other.by_revision:
            return False
        if self.by_revision:
            return (self.revision, self.occurred_at, self.seq) < (other.revision, other.occurred_at, other.seq)
        return (self.occurred_at, self.seq) < (other.occurred_at, other.seq)


def order_of(arrived: Arrived) -> Order:
    """The place of one event on its own."""
    revision = arrived.event.revision
    numbered = isinstance(revision, int)
    return Order(numbered, revision if isinstance(revision, int) else 0, arrived.event.occurred_at, arrived.seq)


def in_order(events: Iterable[Arrived]) -> list[Arrived]:
    """Events as the operator meant them: by revision when all have one, else by time, then by arrival."""
    given = list(events)
    if all(isinstance(arrived.event.revision, int) for arrived in given):
        return sorted(given, key=lambda arrived: (arrived.event.revision, arrived.event.occurred_at, arrived.seq))
    return sorted(given, key=lambda arrived: (arrived.event.occurred_at, arrived.seq))


def begun(forgotten: Iterable[datetime]) -> Lifecycle:
    """What the course of a booking begins with when events of it are forgotten that were assessed at these moments."""
    first = min(forgotten, default=None)
    return NEW if first is None else Lifecycle(first_at=first, begun_anew=True)


def fold_all(events: Iterable[Arrived], begun: Lifecycle = NEW) -> BookingState | None:
    """The booking that a set of events makes, its course beginning with `begun`; `None` for no events."""
    state: BookingState | None = None
    for arrived in in_order(events):
        state = fold(state, arrived.event, begun)
    return state


def fold(state: BookingState | None, event: BookingEvent, begun: Lifecycle = NEW) -> BookingState:
    """The booking after one more event, given in order; the course of a first one begins with `begun`."""
    before = state.booking if state is not None else None
    lifecycle = state.lifecycle if state is not None else begun
    known = begin(event) if before is None else apply(before, event)
    return BookingState(known, step(lifecycle, before, event, known))


def same_booking(one: BookingState, other: BookingState) -> bool:
    """Whether two states say the same of the booking (when they were said aside)."""
    if one.lifecycle != other.lifecycle:
        return False
    moment = one.booking.occurred_at
    return one.booking == msgspec.structs.replace(other.booking, occurred_at=moment)
