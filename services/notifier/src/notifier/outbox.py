"""What waits in the database on its way to topics: in order, for one worker at a time, until the broker has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notifier.feed_rows import FeedRow
from notifier.setting_aside import Item, Work, put
from pickup_runtime.clock import Clock, SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class Waiting:
    """Rows that are not on their topic yet, for this worker alone; those that its broker will never take are `refused`
    with why."""

    def __init__(self, rows: list[FeedRow]) -> None:
        self.rows = rows
        self.refused: dict[FeedRow, Exception] = {}


class Outbox:
    """Rows that are not on their topic yet; marked when the block that has them ends well. What was refused is set
    aside: later steps of its booking go on without it."""

    def __init__(self, pool: Pool, clock: Clock | None = None) -> None:
        self._pool = pool
        self._clock = clock or SystemClock()

    @asynccontextmanager
    async def steps(self, limit: int) -> AsyncIterator[Waiting]:
        """Steps of alerts, in order, for this worker alone."""
        async with self._waiting("step", "claim_feed", "mark_fed", limit) as waiting:
            yield waiting

    @asynccontextmanager
    async def outcomes(self, limit: int) -> AsyncIterator[Waiting]:
        """What people found, likewise."""
        async with self._waiting("outcome", "claim_outcomes", "mark_outcomes", limit) as waiting:
            yield waiting

    @asynccontextmanager
    async def _waiting(self, work: Work, claim: str, mark: str, limit: int) -> AsyncIterator[Waiting]:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            waiting = Waiting([FeedRow(*row) for row in await connection.fetch(_SQL[claim], limit, now)])
            yield waiting
            if sent := [row.event_id for row in waiting.rows if row not in waiting.refused]:
                await connection.execute(_SQL[mark], sent)
                await connection.execute(_SQL["take_up"], work, sent)
            for row, error in waiting.refused.items():
                item = Item(row.event_id, row.operator_id, row.booking_id)
                await put(connection, work, item, error, now)
