"""What a booking's entities met on other bookings, as it was known at one moment, and what became of those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from risk_scorer import shapes
from risk_scorer.moments import DAY, micros

_30D = 30 * DAY


class Seen(Struct, frozen=True, gc=False):
    """One earlier sighting of an entity that the asking booking has too. `at` is in microseconds since 1970."""

    at: int
    booking: int
    operator: int
    role: int
    shape: int
    home: int
    dropoff: int
    booker: int


class Mark(Struct, frozen=True, gc=False):
    """What became of a booking, and when."""

    mark: int
    at: datetime


class Met(Struct, frozen=True, gc=False):
    """What the entities of one booking met: sightings with the entity, and how many jobs came to its drop-off."""

    seen: list[tuple[int, Seen]]
    jobs: int = 0


class History:
    """The sightings that a booking's entities met, ready to be counted as of one moment, `now` in microseconds since
    1970. Windows are in microseconds too. `told` says whether anything became of any of those bookings."""

    def __init__(self, met: Met, marks: Mapping[int, list[Mark]], as_of: datetime) -> None:
        self._by_entity: dict[int, dict[tuple[int, int], Seen]] = {}
        self.jobs = met.jobs
        self.now = now = micros(as_of)
        told = False
        for entity, seen in met.seen:
            if seen.at <= now:
                told = told or seen.booking in marks
                rows = self._by_entity.setdefault(entity, {})
                # Newest first: of a booking that was amended, the newest sighting says what it was.
                rows.setdefault((seen.booking, seen.role), seen)
        # Of most bookings that are met nothing became, and then nobody need look.
        self._marks = marks if told else {}
        self.told = told
        self._as_of = as_of

    def __bool__(self) -> bool:
        return bool(self._by_entity) or self.jobs > 0

    def met(self, entity: int) -> bool:
        """Whether another booking has this entity."""
        return entity in self._by_entity

    def of(self, entities: Iterable[int], within: int = _30D, *, role: int | None = None) -> list[Seen]:
        """Other bookings that share any of `entities` (in `role`, when one is given), once each, within a window up to
        now."""
        known = [rows for entity in entities if (rows := self._by_entity.get(entity))]
        if not known:
            return []
        since = self.now - within
        met: dict[int, Seen] = {}
        for rows in known:
            for (booking, seen_as), seen in rows.items():
                if seen.at <= since or (role is not None and seen_as != role):
                    continue
                # A place has several keys, and a booking that was amended may since be seen under one of them only.
                if booking not in met or seen.at > met[booking].at:
                    met[booking] = seen
        return list(met.values())

    def came_to(self, seen: Iterable[Seen], *marks: int, within: int, unless: int | None = None) -> set[int]:
        """Those of the bookings that came to one of `marks` within a window up to now, and not to `unless`. What an
        office found stands until it finds otherwise, and its clearing undoes what came before it."""
        found: set[int] = set()
        if not self._marks:
            return found
        since = self._as_of - timedelta(microseconds=within)
        for one in seen:
            if (told := self._marks.get(one.booking)) is None:
                continue
            standing = _standing(told, self._as_of)
            if any(mark.mark == unless for mark in standing):
                continue
            if any(mark.mark in marks and since < mark.at for mark in standing):
                found.add(one.booking)
        return found

    def marked(self, seen: Iterable[Seen], *marks: int, within: int) -> int:
        """How many of those bookings came to one of `marks` within a window up to now."""
        return len(self.came_to(seen, *marks, within=within))

    def days_since_first(self, seen: Iterable[Seen]) -> int:
        """Whole days since the oldest of those sightings; 0 when there is none."""
        oldest = min((one.at for one in seen), default=self.now)
        return (self.now - oldest) // DAY


def _standing(marks: Iterable[Mark], now: datetime) -> list[Mark]:
    """The marks of one booking that hold at `now`."""
    known = [mark for mark in marks if mark.at <= now]
    findings = [mark for mark in known if mark.mark in shapes.FINDINGS]
    if not findings:
        return known
    newest = max(findings, key=lambda mark: (mark.at, mark.mark))
    others = [mark for mark in known if mark.mark not in shapes.FINDINGS]
    if newest.mark == shapes.CLEARED:
        others = [mark for mark in others if mark.at > newest.at]
    return [*others, newest]
