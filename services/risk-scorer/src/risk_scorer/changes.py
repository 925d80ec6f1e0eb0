"""What a batch changes: gathered while it is judged, written in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from risk_scorer.entities import Sighting
from risk_scorer.history import Mark

Key = tuple[str, str]
#: A booking of which nothing more is heard is taken for over so long after it was to be fetched; one that is linked to
#: it and older than that is not looked for either.
OPEN_FOR = timedelta(hours=48)


class SightedAt(Struct, frozen=True, gc=False):
    sighting: Sighting
    at: datetime


class StoredBooking(Struct, frozen=True, gc=False):
    """A booking as it was last written. `state` is the stored document, `None` when it is forgotten; `seq` its newest
    event's place of arrival; `known` when it was stored before this batch, `reported` when an outcome of it was."""

    version: int
    state: bytes | None
    by_revision: bool
    revision: int
    occurred_at: datetime
    seq: int
    known: bool = True
    reported: bool = False


class NewStep(Struct, frozen=True, gc=False):
    operator_id: str
    booking_id: str
    event_id: str
    seq: int
    event: bytes
    version: int
    assessment_id: UUID | None
    assessment: bytes | None
    signals: bytes | None
    assessed_at: datetime


class OpenBooking(Struct, frozen=True, gc=False):
    """A booking that has not ended, by the hash that sightings carry; `until` is when it is given up. `partition` is
    where its events come from, `None` when that is no topic."""

    booking: int
    operator_id: str
    booking_id: str
    partition: int | None
    until: datetime


class Again(Struct, frozen=True, gc=False):
    """A booking (by hash) that is to be judged again, and not before a moment."""

    booking: int
    asked_at: datetime
    not_before: datetime


class Told(Struct, frozen=True, gc=False):
    """What a booking is told of others: the moment of the newest of it, and of which kinds it is, as bits of `news`."""

    at: datetime
    kinds: int


class Changes:
    """A batch's rows. `linked` are bookings (by hash) that are to be judged again, if they are open and it could matter
    to them, because of what became known; `hears` is what could still matter to a booking; `again` are those that were
    judged without all of their inputs; `warned` are where homes are that were warned about for the first time."""

    def __init__(self, steps: list[NewStep] | None = None) -> None:
        self.bookings: list[tuple[Key, StoredBooking]] = []
        self.steps: list[NewStep] = steps if steps is not None else []
        self.marks: list[tuple[int, Mark]] = []
        self.warned: list[SightedAt] = []
        self.ended: list[int] = []
        self.linked: dict[int, Told] = {}
        self.hears: dict[int, int] = {}
        self.again: dict[Key, Again] = {}

    def tell(self, booking: int, at: datetime, kinds: int) -> None:
        """Tell a booking (by hash) something."""
        before = self.linked.get(booking)
        if before is not None:
            at, kinds = max(at, before.at), kinds | before.kinds
        self.linked[booking] = Told(at, kinds)
