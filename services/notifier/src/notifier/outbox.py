"""What waits in the database on its way to topics: in order, for one worker at a time, until the broker has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

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
    aside: later steps of its booking go on without it. While one worker has an outbox, there is nothing in it for any
    other: two at once would publish later steps of a booking before earlier ones."""

    def __init__(self, pool: Pool, clock: Clock | None = None) -> None:
        self._pool = pool
        self._clock = clock or SystemClock()

    @asynccontextmanager
    async def steps(self, limit: int) -> AsyncIterator[Waiting]:
        """Steps of alerts, in order, for this worker alone."""
        async with self._waiting("step", "feed", limit) as waiting:
            yield waiting

    @asynccontextmanager
    async def outcomes(self, limit: int) -> AsyncIterator[Waiting]:
        """What people found, likewise."""
        async with self._waiting("outcome", "outcomes", limit) as waiting:
            yield waiting

    @asynccontextmanager
    async def _waiting(self, work: Work, table: Literal["feed", "outcomes"], limit: int) -> AsyncIterator[Waiting]:
        now = self._clock.now()
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_SQL["take_outbox"], table):
                yield Waiting([])
                return
            # A statement of its own: it sees what whoever had the outbox before has published.
            rows = await connection.fetch(_SQL["claim_waiting"].format(outbox=table), limit, now, work)
            waiting = Waiting([FeedRow(*row) for row in rows])
            yield waiting
            if sent := [row.event_id for row in waiting.rows if row not in waiting.refused]:
                await connection.execute(_SQL["mark_published"].format(outbox=table), sent)
                await connection.execute(_SQL["take_up"], work, sent)
            for row, error in waiting.refused.items():
                item = Item(row.event_id, row.operator_id, row.booking_id)
                await put(connection, work, item, error, now)
