"""What waits in the database on its way to topics: in order, for one worker at a time, until the broker has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notifier.feed_rows import FeedRow
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class Outbox:
    """Rows that are not on their topic yet; marked when the block that has them ends well."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def steps(self, limit: int) -> AsyncIterator[list[FeedRow]]:
        """Steps of alerts, in order, for this worker alone."""
        async with self._waiting("claim_feed", "mark_fed", limit) as rows:
            yield rows

    @asynccontextmanager
    async def outcomes(self, limit: int) -> AsyncIterator[list[FeedRow]]:
        """What people found, likewise."""
        async with self._waiting("claim_outcomes", "mark_outcomes", limit) as rows:
            yield rows

    @asynccontextmanager
    async def _waiting(self, claim: str, mark: str, limit: int) -> AsyncIterator[list[FeedRow]]:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = [FeedRow(*row) for row in await connection.fetch(_SQL[claim], limit)]
            yield rows
            if rows:
                await connection.execute(_SQL[mark], [row.event_id for row in rows])
