"""Events to booking: RFC 7396 merge patches, folded in the operator's order whatever order they arrived in.

The same set of events gives the same booking: a late event is put in its place and the booking is folded anew,
so that an older revision can add what nobody said since but never overwrites.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pickup_contracts.booking import Address, BookingEvent, Stop
from risk_scorer.lifecycle import Lifecycle, step

#: What identifies one event, not the booking: never part of the merged booking.
_OF_THE_EVENT = frozenset({"event_id", "revision", "occurred_at", "changed_by", "change_reason"})


class Arrived(Struct, frozen=True):
    """An event and its place in the order of arrival (`seq` rises with the topic's offset)."""

    event: BookingEvent
    seq: int


class BookingState(Struct, frozen=True):
    """One booking as it is known now. `booking` holds merged fields; its `occurred_at` is the newest event's."""

    booking: BookingEvent
    lifecycle: Lifecycle = Lifecycle()


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


def fold_all(events: Iterable[Arrived]) -> BookingState | None:
    """The booking that a set of events makes; `None` for no events."""
    state: BookingState | None = None
    for arrived in in_order(events):
        state = fold(state, arrived.event)
    return state


def fold(state: BookingState | None, event: BookingEvent) -> BookingState:
    """The booking after one more event, given in order."""
    before = state.booking if state is not None else None
    lifecycle = state.lifecycle if state is not None else Lifecycle()
    known = _without_event_fields(event) if before is None else _merge_booking(before, event)
    return BookingState(known, step(lifecycle, before, event, known))


def same_booking(one: BookingState, other: BookingState) -> bool:
    """Whether two states say the same of the booking (when they were said aside)."""
    if one.lifecycle != other.lifecycle:
        return False
    moment = one.booking.occurred_at
    return one.booking == msgspec.structs.replace(other.booking, occurred_at=moment)


def _without_event_fields(event: BookingEvent) -> BookingEvent:
    return msgspec.structs.replace(event, event_id="-", revision=UNSET, changed_by=UNSET, change_reason=UNSET)


def _merge_booking(known: BookingEvent, patch: BookingEvent) -> BookingEvent:
    changes: dict[str, object] = {"occurred_at": patch.occurred_at}
    for name in BookingEvent.__struct_fields__:
        value = getattr(patch, name)
        if value is UNSET or name in _OF_THE_EVENT:
            continue
        changes[name] = _merge(getattr(known, name), value)
    if isinstance(patch.pickup, Stop) or isinstance(patch.dropoff, Stop):
        moved = _moved(known.pickup, patch.pickup) or _moved(known.dropoff, patch.dropoff)
        if moved and patch.distance_m is UNSET:
            changes["distance_m"] = UNSET
    return msgspec.structs.replace(known, **changes)


def _merge(known: object, patch: object) -> object:
    if isinstance(patch, Stop):
        return _merge_stop(known if isinstance(known, Stop) else Stop(), patch)
    if isinstance(patch, Address) or not isinstance(patch, Struct):
        return patch
    if not isinstance(known, Struct):
        return patch
    return _merge_struct(known, patch)


def _merge_struct(known: Struct, patch: Struct) -> Struct:
    changes = {
        name: _merge(getattr(known, name), value)
        for name in patch.__struct_fields__
        if (value := getattr(patch, name)) is not UNSET
    }
    return msgspec.structs.replace(known, **changes) if changes else known


def _merge_stop(known: Stop, patch: Stop) -> Stop:
    """An address replaces the whole address; when it is another one, what described the old place goes with it."""
    merged = _merge_struct(known, patch)
    assert isinstance(merged, Stop)
    if not _moved(known, patch):
        return merged
    return msgspec.structs.replace(
        merged,
        organisation=patch.organisation,
        premises=patch.premises,
    )


def _moved(known: Stop | UnsetType | None, patch: Stop | UnsetType | None) -> bool:
    if not isinstance(known, Stop) or not isinstance(patch, Stop):
        return False
    return isinstance(patch.address, Address) and isinstance(known.address, Address) and patch.address != known.address
