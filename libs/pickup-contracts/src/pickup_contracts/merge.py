"""One event onto a booking: an RFC 7396 merge patch, with what the contract says of addresses and drivers on
top."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pickup_contracts.booking import Address, BookingEvent, Driver, Stop

#: What identifies one event, not the booking: never part of the merged booking.
_OF_THE_EVENT = frozenset({"event_id", "revision", "occurred_at", "changed_by", "change_reason"})


def begin(event: BookingEvent) -> BookingEvent:
    """The booking that a first event makes: all but what identifies the event."""
    return msgspec.structs.replace(event, event_id="-", revision=UNSET, changed_by=UNSET, change_reason=UNSET)


def apply(known: BookingEvent, patch: BookingEvent) -> BookingEvent:
    """The booking after one more event. Its `occurred_at` is the newest event's."""
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
    if isinstance(known, Driver) and isinstance(patch, Driver) and _another(known, patch):
        return patch
    return _merge_struct(known, patch)


def _merge_struct(known: Struct, patch: Struct) -> Struct:
    changes = {
        name: _merge(getattr(known, name), value)
        for name in patch.__struct_fields__
        if (value := getattr(patch, name)) is not UNSET
    }
    return msgspec.structs.replace(known, **changes) if changes else known


def _another(known: Driver, patch: Driver) -> bool:
    """Whether it is another driver, of whom nothing that was known of the first holds: neither phone nor vehicle."""
    return isinstance(known.id, str) and isinstance(patch.id, str) and known.id != patch.id


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
