"""The tables of what is open and what is to be judged again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from pickup_contracts.assessment import Cause
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.changes import Changes, Key
from risk_scorer.partitions import Partitions
from risk_scorer.store import ask, write_marks


class Due(Struct, frozen=True):
    """A booking that is to be judged again. `state` is its stored document, `newest` its newest assessment, both
    encoded; `None` when it has none."""

    operator_id: str
    booking_id: str
    partition: int | None
    cause: Cause
    asked_at: datetime
    version: int
    state: bytes
    newest: bytes | None

    @property
    def key(self) -> Key:
        """Operator and booking."""
        return self.operator_id, self.booking_id


class Reassessment(Struct, frozen=True):
    """An assessment that no event led to, as it is kept."""

    operator_id: str
    booking_id: str
    version: int
    cause: Cause
    assessment_id: UUID
    assessment: bytes
    signals: bytes
    assessed_at: datetime
    partition: int | None


class Unpublished(Struct, frozen=True):
    """A kept reassessment that the broker may not have yet."""

    operator_id: str
    booking_id: str
    version: int
    assessment_id: UUID
    assessment: bytes
    assessed_at: datetime
    partition: int | None


class DueStore:
    """Asks, and hands out what was asked for. `partitions` are those of a worker; `None` stands for all."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("risk_scorer")
        self._partitions = Partitions(pool)

    async def ask(self, key: Key, booking: int, cause: Cause, at: datetime) -> None:
        """Ask for one booking, open or not."""
        await self._pool.execute(self._sql["ask_bookings"], [key[0]], [key[1]], [booking], cause, [at], [None])

    async def ask_open(self, partitions: Collection[int], at: datetime, *, entities: Sequence[int]) -> None:
        """Ask for those open bookings of a worker that have one of these entities."""
        await self._pool.execute(self._sql["ask_open"], list(partitions), at, entities)

    async def unsettled(self, partitions: Collection[int], edition: str) -> set[int]:
        """Those partitions whose open bookings were last judged as a whole by another policy."""
        lived = await self._pool.fetch(self._sql["read_lived"], list(partitions), edition)
        return set(partitions) - {row[0] for row in lived}

    async def settle(self, partitions: Collection[int], edition: str, at: datetime) -> None:
        """Ask for all open bookings of these partitions, and note by which policy."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(self._sql["hear_all"], list(partitions))
            await connection.execute(self._sql["ask_open"], list(partitions), at, None)
            await connection.execute(self._sql["write_lived"], sorted(partitions), edition)

    async def due(self, partitions: Collection[int] | None, now: datetime, most: int) -> list[Due]:
        """What is to be judged again now, what was asked for first coming first."""
        rows = await self._pool.fetch(
            self._sql["read_due"], list(partitions) if partitions is not None else None, now, most
        )
        return [Due(*row) for row in rows]

    async def commit(self, done: Sequence[Due], made: Sequence[Reassessment], changes: Changes) -> list[Reassessment]:
        """Keep what was judged again and take it off the list, in one transaction. A booking that an event has changed
        in the meantime stays on the list; returns what was kept."""
        await self._partitions.ensure(changes.warned)
        async with self._pool.acquire() as connection, connection.transaction():
            # Most of what is judged again comes out the same: then there is no version to raise.
            raised = (
                await connection.fetch(
                    self._sql["raise_versions"],
                    [one.operator_id for one in made],
                    [one.booking_id for one in made],
                    [one.version for one in made],
                )
                if made
                else []
            )
            current = {(row[0], row[1]) for row in raised}
            kept = [one for one in made if (one.operator_id, one.booking_id) in current]
            if kept:
                await connection.copy_records_to_table(
                    "reassessments", records=[_row(one) for one in kept], columns=_KEPT
                )
            versions = {(one.operator_id, one.booking_id): one.version for one in kept}
            await connection.execute(
                self._sql["drop_due"],
                [one.operator_id for one in done],
                [one.booking_id for one in done],
                [one.asked_at for one in done],
                [versions.get(one.key, one.version) for one in done],
            )
            await write_marks(connection, self._sql, changes)
            await ask(connection, self._sql, changes)
        return kept

    async def unpublished(self, partitions: Collection[int] | None, most: int) -> list[Unpublished]:
        """What was kept and may not have been published, oldest first."""
        rows = await self._pool.fetch(
            self._sql["read_unpublished"], list(partitions) if partitions is not None else None, most
        )
        return [Unpublished(*row) for row in rows]

    async def published(self, sent: Sequence[Unpublished]) -> None:
        """Note what the broker has."""
        await self._pool.execute(
            self._sql["write_published"],
            [one.operator_id for one in sent],
            [one.booking_id for one in sent],
            [one.version for one in sent],
        )


_KEPT = Reassessment.__struct_fields__


def _row(one: Reassessment) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in _KEPT)
