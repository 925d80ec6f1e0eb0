"""The scorer's tables: bookings as merged, the steps that made them, sightings, marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.entities import Sighting
from risk_scorer.links import Look, Mark, Seen

Key = tuple[str, str]


class StoredBooking(Struct, frozen=True, gc=False):
    """A booking as it was last written. `state` is the stored document, `seq` its newest event's place of arrival."""

    version: int
    state: bytes
    by_revision: bool
    revision: int
    occurred_at: datetime
    seq: int


class TakenStep(Struct, frozen=True, gc=False):
    """What an event led to when it was first read; `assessment` is `None` when it changed nothing."""

    version: int
    assessment: bytes | None


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


class SightedAt(Struct, frozen=True, gc=False):
    sighting: Sighting
    at: datetime


class Ask(Struct, frozen=True, gc=False):
    """A question to the history: who else shared `entity` up to `until`, other than booking `own`?"""

    entity: int
    until: datetime
    own: int
    look: Look


class Store:
    """Reads and writes in batches; every method is one round trip."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("risk_scorer")
        self._partitions: tuple[datetime, datetime] | None = None

    async def bookings(self, keys: Sequence[Key]) -> dict[Key, StoredBooking]:
        """Those of `keys` that are known."""
        rows = await self._pool.fetch(self._sql["read_bookings"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): StoredBooking(row[2], row[3], row[4], row[5], row[6], row[7]) for row in rows}

    async def taken(self, events: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], TakenStep]:
        """Of (operator, booking, event) ids, those that were taken before."""
        columns = list(zip(*events, strict=True))
        rows = await self._pool.fetch(self._sql["read_steps"], *(list(column) for column in columns))
        return {(row[0], row[1], row[2]): TakenStep(row[3], row[4]) for row in rows}

    async def events_of(self, key: Key) -> list[tuple[bytes, int]]:
        """Every event of a booking with its place of arrival, in no order."""
        rows = await self._pool.fetch(self._sql["read_booking_steps"], *key)
        return [(row[0], row[1]) for row in rows]

    async def sight(self, sightings: Sequence[SightedAt]) -> None:
        """Record sightings and commit. The same ones again change nothing."""
        if not sightings:
            return
        moments = [sighted.at for sighted in sightings]
        await self._ensure_partitions(min(moments), max(moments))
        rows = [sighted.sighting for sighted in sightings]
        await self._pool.execute(
            self._sql["write_sightings"],
            [row.entity for row in rows],
            moments,
            [row.booking for row in rows],
            [row.operator for row in rows],
            [row.role for row in rows],
            [row.shape for row in rows],
            [row.home for row in rows],
            [row.dropoff for row in rows],
            [row.booker for row in rows],
        )

    async def mark(self, marks: Sequence[tuple[int, Mark]]) -> None:
        """Record what became of bookings, and commit. The first moment of each stays."""
        if marks:
            await self._pool.execute(self._sql["write_marks"], *_columns(marks))

    async def history(self, asks: Sequence[Ask]) -> list[list[Seen]]:
        """For each question the newest sightings, newest first, as many as its look allows."""
        answers: list[list[Seen]] = [[] for _ in asks]
        if not asks:
            return answers
        rows = await self._pool.fetch(
            self._sql["read_history"],
            list(range(len(asks))),
            [ask.entity for ask in asks],
            [ask.until for ask in asks],
            [ask.own for ask in asks],
            [ask.look.within for ask in asks],
            [ask.look.roles for ask in asks],
            [ask.look.limit for ask in asks],
        )
        for number, at, booking, operator, role, shape, home, dropoff, booker in rows:
            answers[number].append(Seen(at, booking, operator, role, shape, home, dropoff, booker))
        return answers

    async def marks(self, bookings: Sequence[int]) -> dict[int, list[Mark]]:
        """What became of those of `bookings` that something became of."""
        found: dict[int, list[Mark]] = {}
        if bookings:
            for row in await self._pool.fetch(self._sql["read_marks"], list(bookings)):
                found.setdefault(row[0], []).append(Mark(row[1], row[2]))
        return found

    async def commit(
        self,
        bookings: Sequence[tuple[Key, StoredBooking]],
        steps: Sequence[NewStep],
        marks: Sequence[tuple[int, Mark]],
        now: datetime,
    ) -> None:
        """Write a batch's bookings, steps and marks in one transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            if bookings:
                stored = [booking for _, booking in bookings]
                await connection.execute(
                    self._sql["write_bookings"],
                    [key[0] for key, _ in bookings],
                    [key[1] for key, _ in bookings],
                    [one.version for one in stored],
                    [one.state for one in stored],
                    [one.by_revision for one in stored],
                    [one.revision for one in stored],
                    [one.occurred_at for one in stored],
                    [one.seq for one in stored],
                    [now] * len(stored),
                )
            if steps:
                await connection.execute(
                    self._sql["write_steps"],
                    [step.operator_id for step in steps],
                    [step.booking_id for step in steps],
                    [step.event_id for step in steps],
                    [step.seq for step in steps],
                    [step.event for step in steps],
                    [step.version for step in steps],
                    [step.assessment_id for step in steps],
                    [step.assessment for step in steps],
                    [step.signals for step in steps],
                    [step.assessed_at for step in steps],
                )
            if marks:
                await connection.execute(self._sql["write_marks"], *_columns(marks))

    async def _ensure_partitions(self, first: datetime, last: datetime) -> None:
        """Partitions for these moments and ten days on; asked of the database only when the span grows."""
        if self._partitions is not None and self._partitions[0] <= first and last <= self._partitions[1]:
            return
        low = min(first, self._partitions[0]) if self._partitions else first
        high = (max(last, self._partitions[1]) if self._partitions else last) + timedelta(days=10)
        # A clock that is years off lands in the default partition; a thousand empty ones would help nobody.
        oldest = max(low, high - timedelta(days=60))
        await self._pool.execute("select ensure_sighting_partitions($1, $2)", oldest, high)
        self._partitions = (low, high)


def _columns(marks: Sequence[tuple[int, Mark]]) -> tuple[list[int], list[int], list[datetime]]:
    return [booking for booking, _ in marks], [mark.mark for _, mark in marks], [mark.at for _, mark in marks]
