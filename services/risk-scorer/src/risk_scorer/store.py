"""The scorer's tables: bookings as merged, the steps that made them, sightings, marks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from asyncpg import Record
from asyncpg.exceptions import CheckViolationError, UniqueViolationError
from msgspec import Struct

from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries
from risk_scorer.changes import Changes, Key, OpenBooking, SightedAt, StoredBooking
from risk_scorer.history import Mark, Met, Seen
from risk_scorer.looks import Ask, Look
from risk_scorer.partitions import Partitions
from risk_scorer.sightings import COLUMNS, distinct, packed


class TakenStep(Struct, frozen=True, gc=False):
    """What an event led to when it was first read; `assessment` is `None` when it changed nothing."""

    version: int
    assessment: bytes | None


class Question(Struct, frozen=True, gc=False):
    """A booking's question to the history: who else had these entities up to `until`, other than booking `own`?"""

    until: datetime
    own: int
    asks: Sequence[Ask]


class Store:
    """Reads and writes in batches; every method waits for the database once. `early` is a pool whose commits others see
    at once, and which the next commit of `pool` takes to the disk with it (ADR 0072)."""

    def __init__(self, pool: Pool, early: Pool | None = None) -> None:
        self._pool = pool
        self._early = early or pool
        self._sql = queries("risk_scorer")
        self._partitions = Partitions(pool)

    async def bookings(self, keys: Sequence[Key]) -> dict[Key, StoredBooking]:
        """Those of `keys` that are known."""
        rows = await self._pool.fetch(self._sql["read_bookings"], [key[0] for key in keys], [key[1] for key in keys])
        return {
            (row[0], row[1]): StoredBooking(row[2], row[3], row[4], row[5], row[6], row[7], True, row[8])
            for row in rows
        }

    async def taken(self, events: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], TakenStep]:
        """Of (operator, booking, event) ids, those that were taken before."""
        columns = list(zip(*events, strict=True))
        rows = await self._pool.fetch(self._sql["read_steps"], *(list(column) for column in columns))
        return {(row[0], row[1], row[2]): TakenStep(row[3], row[4]) for row in rows}

    async def events_of(self, key: Key) -> list[tuple[bytes | None, int, datetime]]:
        """Every event of a booking with its place of arrival and when it was assessed, in no order; `None` for one that
        is forgotten."""
        rows = await self._pool.fetch(self._sql["read_booking_steps"], *key)
        return [(row[0], row[1], row[2]) for row in rows]

    async def first_heard(self, keys: Sequence[Key]) -> dict[Key, datetime]:
        """When those of `keys` that have steps were first assessed."""
        rows = await self._pool.fetch(self._sql["read_first_heard"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): row[2] for row in rows}

    async def open(self, opened: Sequence[OpenBooking]) -> None:
        """Note that bookings are open, for everybody to see. Until it is known what could matter to them they hear of
        everything."""
        if opened:
            ordered = sorted(opened, key=lambda one: one.booking)
            await self._early.execute(
                self._sql["write_open_bookings"], *map(list, zip(*map(_OPEN, ordered), strict=True))
            )

    async def sight(self, sightings: Sequence[SightedAt]) -> None:
        """Record sightings, for everybody to see; they are on disk when the batch is (`commit`). The same ones again
        change nothing."""
        if not sightings:
            return
        await self._partitions.ensure(sightings)
        try:
            await self._write_sightings(sightings)
        except CheckViolationError:
            # A partition has expired since this worker last wrote there, and so late an event came all the same.
            self._partitions.forget()
            await self._partitions.ensure(sightings)
            await self._write_sightings(sightings)

    async def _write_sightings(self, sightings: Sequence[SightedAt]) -> None:
        try:
            await self._early.copy_to_table("sightings", source=packed(sightings), columns=COLUMNS, format="binary")
        except UniqueViolationError:
            # Some are there already, or twice: this batch is read again, or an event has the time of one before it.
            await self._early.execute(self._sql["write_sightings"], *map(list, zip(*distinct(sightings), strict=True)))

    async def mark(self, marks: Sequence[tuple[int, Mark]]) -> None:
        """Record what became of bookings, and commit. The first moment of each stays."""
        if marks:
            await self._pool.execute(self._sql["write_marks"], *_columns(marks))

    async def history(self, questions: Sequence[Question]) -> list[Met]:
        """What each question's entities met: the newest sightings, as many as a look allows, each entity's newest
        first; of a look that counts, how many."""
        looks: dict[Look, int] = {}
        rows: list[tuple[int, int, int, int, int]] = []
        counts: list[tuple[int, int, int]] = []
        for number, question in enumerate(questions, 1):
            for ask in question.asks:
                look = looks.setdefault(ask.look, len(looks) + 1)
                if ask.look.counted:
                    counts.append((ask.entity, number, look))
                else:
                    first, second = (*ask.earlier[:2], 0, 0)[:2]
                    rows.append((ask.entity, number, look, first, second))
        moments = [question.until for question in questions]
        own = _integers(question.own for question in questions)
        terms = (
            # In seconds: from a moment, PostgreSQL takes days off by the calendar of its time zone.
            "{" + ",".join(f"{look.within.total_seconds():.0f} s" for look in looks) + "}",
            [look.roles for look in looks],
            [look.limit for look in looks],
            [look.homes for look in looks],
        )
        # Side by side: each waits for the database, on a connection of its own.
        met, counted = await asyncio.gather(
            self._ask("read_history", rows, moments, own, *terms),
            self._ask("count_history", counts, moments, own, *terms[:3]),
        )
        found: list[list[tuple[int, Seen]]] = [[] for _ in questions]
        for row in met:
            asked = rows[row[0] - 1]
            found[asked[1] - 1].append((asked[0], Seen(*row[1:])))
        jobs = [0] * len(questions)
        for number, count in counted:
            jobs[number - 1] = count
        return [Met(seen, count) for seen, count in zip(found, jobs, strict=True)]

    async def _ask(self, query: str, asked: Sequence[tuple[int, ...]], *terms: object) -> list[Record]:
        """The rows of a query about `asked`; nothing is asked about nothing."""
        if not asked:
            return []
        columns = map(_integers, zip(*asked, strict=True))
        rows: list[Record] = await self._pool.fetch(self._sql[query], *columns, *terms)
        return rows

    async def marks(self, bookings: Sequence[int]) -> dict[int, list[Mark]]:
        """What became of those of `bookings` that something became of."""
        found: dict[int, list[Mark]] = {}
        if bookings:
            for row in await self._pool.fetch(self._sql["read_marks"], _integers(bookings)):
                found.setdefault(row[0], []).append(Mark(row[1], row[2]))
        return found

    async def commit(self, changes: Changes) -> None:
        """Write a batch's bookings, steps, marks and whom they concern, in one transaction. What is there already
        stays."""
        begun = [_booking(*one) for one in changes.bookings if not one[1].known]
        changed = [_booking(*one) for one in changes.bookings if one[1].known]
        taken = [_STEP(step) for step in changes.steps]
        await self._partitions.ensure(changes.warned)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                if begun:
                    await connection.copy_records_to_table("bookings", records=begun, columns=_BOOKING)
                if taken:
                    await connection.copy_records_to_table("steps", records=taken, columns=_TAKEN)
                await self._update(connection, changed, changes)
        except UniqueViolationError:
            # Written before: a batch that is read again after a crash, or a booking that moved between workers.
            async with self._pool.acquire() as connection, connection.transaction():
                await self._update(connection, [*begun, *changed], changes)
                if taken:
                    await connection.execute(self._sql["write_steps"], *map(list, zip(*taken, strict=True)))

    async def _update(self, connection: Connection, bookings: Sequence[tuple[object, ...]], changes: Changes) -> None:
        if bookings:
            await connection.execute(self._sql["write_bookings"], *map(list, zip(*bookings, strict=True)))
        await write_marks(connection, self._sql, changes)
        if changes.ended:
            await connection.execute(self._sql["drop_open_bookings"], _integers(changes.ended))
        await ask(connection, self._sql, changes)


async def write_marks(connection: Connection, sql: Mapping[str, str], changes: Changes) -> None:
    """Write what became of bookings, the first moment of each stays, and where the homes are that were warned about."""
    if changes.marks:
        await connection.execute(sql["write_marks"], *_columns(changes.marks))
    if changes.warned:
        await connection.execute(sql["write_sightings"], *map(list, zip(*distinct(changes.warned), strict=True)))


async def ask(connection: Connection, sql: Mapping[str, str], changes: Changes) -> None:
    """Note what could still matter to bookings, and ask for those that `changes` concern to be judged again."""
    if changes.hears:
        await connection.execute(sql["write_hears"], _integers(changes.hears), _integers(changes.hears.values()))
    if changes.linked:
        await connection.execute(
            sql["ask_linked"],
            _integers(changes.linked),
            [told.at for told in changes.linked.values()],
            _integers(told.kinds for told in changes.linked.values()),
            "linked_booking",
        )
    if changes.again:
        again = sorted(changes.again.items())
        await connection.execute(
            sql["ask_bookings"],
            [key[0] for key, _ in again],
            [key[1] for key, _ in again],
            [one.booking for _, one in again],
            "booking_changed",
            [one.asked_at for _, one in again],
            [one.not_before for _, one in again],
        )


def _columns(marks: Sequence[tuple[int, Mark]]) -> tuple[list[int], list[int], list[datetime]]:
    return [booking for booking, _ in marks], [mark.mark for _, mark in marks], [mark.at for _, mark in marks]


_OPEN = attrgetter("booking", "operator_id", "booking_id", "partition", "until")
_BOOKING = (
    "operator_id", "booking_id", "version", "state", "by_revision", "revision", "occurred_at", "seq",
)  # fmt: skip
_TAKEN = (
    "operator_id", "booking_id", "event_id", "seq", "event", "version", "assessment_id", "assessment", "signals",
    "assessed_at",
)  # fmt: skip
_STEP = attrgetter(*_TAKEN)


def _booking(key: Key, one: StoredBooking) -> tuple[object, ...]:
    return (*key, one.version, one.state, one.by_revision, one.revision, one.occurred_at, one.seq)


def _integers(values: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL writes an array: its parser reads a thousand of them in the time in which the
    driver checks a hundred elements of a list."""
    return "{" + ",".join(map(str, values)) + "}"
