"""What the course of a booking shows that its present state does not: amendments, and when they came."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pickup_contracts.booking import AFTER_COLLECTION, ENDED, Address, BookingEvent, Notes, Stop
from risk_scorer.known import known, stop
from risk_scorer.premises.nearby import put_right, same_place

_EN_ROUTE = frozenset({"en_route_to_pickup", "arrived_at_pickup", "collected", "en_route_to_dropoff"})
_REFUSING = frozenset({"driver", "operator"})
_SEEN_THE_DOOR = _EN_ROUTE | {"cancelled", "failed", "returned"}
_NO_NOTES = Notes()
#: A note shorter than this is no order that others would add to, and may stand in any text.
_WORTH_FINDING = 4
_BETWEEN_NOTES = frozenset(".;:,/|-*)]!?>")
_NOT_A_REFUSAL_BY = frozenset({"booker", "passenger", "sender", "recipient"})


class Lifecycle(Struct, frozen=True, omit_defaults=True):
    """Counts and moments since the booking was first seen. Changes are those to another place: an address put right, or
    next door, is none.

    `dropoffs` are fingerprints of the drop-offs it had, oldest first. `next_door_to` is the drop-off beside which the
    present one lies, `None` where it lies where it did: from door to next door nobody comes across the town unseen.
    `cancelled_after_s` is the time between the driver's last move and a cancellation by the booker's side; `None` when
    there was none. `refused` is true when the operator's side gave the job up. `noted_on_the_way` tells of the
    driver's note, once it was written or changed by somebody who may have seen the door (with the driver under way, or
    as the job ended), where what stood in it before begins and ends; both 0 where nothing is left of that.
    `office_noted_on_the_way` likewise of the office's. Of the `change_reasons` the newest `reasons_on_board` were
    given with the goods on board. `ride_became_parcel` when a ride was made a parcel with a driver under way to it,
    and `goods_went_on_alone` when that was done with the passenger on board. `begun_anew` when what was heard of it
    before is forgotten: then nothing but `first_at` is known of that time.
    """

    first_at: datetime | None = None
    dropoffs: tuple[str, ...] = ()
    next_door_to: Stop | None = None
    dropoff_changes: int = 0
    dropoff_changed_after_collection: bool = False
    next_door_after_collection: bool = False
    back_to_original: bool = False
    pickup_changes: int = 0
    late_changes: int = 0
    wait_added: bool = False
    collected_at: datetime | None = None
    arrived_at: datetime | None = None
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_after_s: int | None = None
    refused: bool = False
    change_reasons: tuple[str, ...] = ()
    reasons_on_board: int = 0
    noted_on_the_way: tuple[int, int] | None = None
    office_noted_on_the_way: tuple[int, int] | None = None
    ride_became_parcel: bool = False
    goods_went_on_alone: bool = False
    begun_anew: bool = False
    # As it was kept until November 2026: nothing of the order is told apart then.
    note_under_way: bool = False
    office_note_under_way: bool = False

    @property
    def drivers_order(self) -> tuple[int, int] | None:
        """`noted_on_the_way`, of a row that an earlier version kept too."""
        return (0, 0) if self.note_under_way and self.noted_on_the_way is None else self.noted_on_the_way

    @property
    def offices_order(self) -> tuple[int, int] | None:
        """`office_noted_on_the_way`, of a row that an earlier version kept too."""
        if self.office_note_under_way and self.office_noted_on_the_way is None:
            return (0, 0)
        return self.office_noted_on_the_way


def step(so_far: Lifecycle, before: BookingEvent | None, event: BookingEvent, after: BookingEvent) -> Lifecycle:
    """The lifecycle after `event` turned the booking `before` into `after`."""
    seen: dict[str, object] = {}
    if so_far.first_at is None:
        seen["first_at"] = event.occurred_at
    whence = so_far.next_door_to or (before.dropoff if before is not None else None)
    moved = before is not None and _moved(whence, after.dropoff)
    _drop_off(so_far, whence, before, after, moved, seen)
    if before is not None:
        if _place(before.pickup) and _moved(before.pickup, after.pickup):
            seen["pickup_changes"] = so_far.pickup_changes + 1
        if before.status in _EN_ROUTE and (moved or "pickup_changes" in seen):
            seen["late_changes"] = so_far.late_changes + 1
        if after.wait_and_return is True and before.wait_and_return is not True and event.changed_by != "passenger":
            seen["wait_added"] = True
        if before.carries == "passenger" and after.carries == "parcel" and before.status not in ENDED:
            if so_far.collected_at is not None:
                seen["goods_went_on_alone"] = True
            elif so_far.moved_at is not None or event.status in _EN_ROUTE:
                seen["ride_became_parcel"] = True
        if so_far.moved_at is not None or event.status in _SEEN_THE_DOOR:
            noted, notes = _notes(before), _notes(after)
            seen["noted_on_the_way"] = _added_to(known(noted.driver), known(notes.driver), so_far.drivers_order)
            seen["office_noted_on_the_way"] = _added_to(known(noted.office), known(notes.office), so_far.offices_order)
    _status(so_far, event, after, seen)
    if isinstance(event.change_reason, str):
        seen["change_reasons"] = (*so_far.change_reasons, event.change_reason)[-5:]
        if so_far.collected_at is not None:
            seen["reasons_on_board"] = so_far.reasons_on_board + 1
    return Lifecycle(**{**_fields(so_far), **seen})  # type: ignore[arg-type]


def _drop_off(
    so_far: Lifecycle,
    whence: Stop | UnsetType | None,
    before: BookingEvent | None,
    after: BookingEvent,
    moved: bool,
    seen: dict[str, object],
) -> None:
    place = _place(after.dropoff)
    if not place or (so_far.dropoffs and so_far.dropoffs[-1] == place):
        return
    on_board = so_far.collected_at is not None or (before is not None and before.status in AFTER_COLLECTION)
    if so_far.dropoffs and moved:
        seen["dropoff_changes"] = so_far.dropoff_changes + 1
        seen["back_to_original"] = so_far.back_to_original or place in so_far.dropoffs
        seen["next_door_to"] = None
        if on_board:
            seen["dropoff_changed_after_collection"] = True
    elif so_far.dropoffs and whence:
        beside = not same_place(whence, stop(after.dropoff))
        seen["next_door_to"] = msgspec.structs.replace(whence, contact=UNSET) if beside else None
        if beside and on_board:
            seen["next_door_after_collection"] = True
    seen["dropoffs"] = (*so_far.dropoffs, place)[-10:]


def _status(so_far: Lifecycle, event: BookingEvent, after: BookingEvent, seen: dict[str, object]) -> None:
    status = event.status
    if status in AFTER_COLLECTION and so_far.collected_at is None:
        seen["collected_at"] = event.occurred_at
    if status == "arrived_at_pickup" and so_far.arrived_at is None:
        seen["arrived_at"] = event.occurred_at
    if status in _EN_ROUTE:
        seen["moved_at"] = event.occurred_at
    if status == "cancelled":
        seen["cancelled_at"] = event.occurred_at
        if so_far.moved_at is not None and event.changed_by not in _REFUSING:
            gap: timedelta = event.occurred_at - so_far.moved_at
            seen["cancelled_after_s"] = max(0, int(gap.total_seconds()))
    gave_up = status == "failed" and event.changed_by not in _NOT_A_REFUSAL_BY
    # By nobody named and without a word, it is a delivery that did not come about, as on every day.
    said = known(event.change_reason) is not None or known(event.notes) is not None
    gave_up = gave_up and (said or event.changed_by in _REFUSING)
    # Drivers hand jobs back before they set off, every day and for reasons of their own.
    unseen = event.changed_by == "driver" and so_far.moved_at is None
    if gave_up or (status in ("cancelled", "returned") and event.changed_by in _REFUSING and not unseen):
        seen["refused"] = True


def _notes(booking: BookingEvent) -> Notes:
    return known(booking.notes) or _NO_NOTES


def _added_to(noted: str | None, note: str | None, order: tuple[int, int] | None) -> tuple[int, int] | None:
    """Where the order's own words stand in a note that may have been added to; `order` says where they stood so far."""
    if noted == note:
        return order
    ordered = (noted or "")[slice(*order) if order is not None else slice(None)].strip()
    written = note or ""
    begin = written.find(ordered) if len(ordered) >= _WORTH_FINDING else -1
    end = begin + len(ordered)
    # Put behind the order or before it, and not a sentence that only has its words in it: "no passenger came out".
    before, after = written[: max(0, begin)].rstrip(), written[end : end + 1]
    stands_apart = begin >= 0 and not after.isalnum() and (not before or before[-1] in _BETWEEN_NOTES)
    return (begin, end) if stands_apart else (0, 0)


def _fields(lifecycle: Lifecycle) -> dict[str, object]:
    return {name: getattr(lifecycle, name) for name in Lifecycle.__struct_fields__}


def _moved(before: Stop | UnsetType | None, after: Stop | UnsetType | None) -> bool:
    """Whether a stop is another place now; not when it was only put right, or is next door."""
    if _place(before) == _place(after):
        return False
    return not (before and after and put_right(before, after))


def _place(where: Stop | UnsetType | None) -> str:
    """A fingerprint of where a stop is, enough to see that it moved; empty when not known."""
    if not isinstance(where, Stop) or not isinstance(where.address, Address):
        return ""
    address = where.address
    parts = (address.line1, address.line2, address.town, address.postcode)
    return "|".join("".join(part.lower().split()) if isinstance(part, str) else "" for part in parts)
