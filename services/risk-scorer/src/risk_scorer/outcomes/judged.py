"""Reading back what was assessed and what was found of it, for those who learn from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct

from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from risk_scorer.outcomes.reported import Reported
from risk_scorer.outcomes.store import reported_row


class Judged(Struct, frozen=True):
    """One assessment as it was stored: the encoded Assessment, and the stored signals."""

    operator_id: str
    booking_id: str
    assessment: bytes
    signals: bytes | None


class JudgedStore:
    """Streams, so that months of bookings need no memory."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("risk_scorer")

    async def outcomes_since(self, since: datetime) -> AsyncIterator[Reported]:
        """Everything that was reported since, in no order."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            async for row in connection.cursor(self._sql["read_outcomes_since"], since, prefetch=1000):
                yield reported_row(*row)

    async def judged(self, since: datetime) -> AsyncIterator[Judged]:
        """Every assessment made since, those of one booking together, oldest first; of a booking about which something
        was found, those before the first finding: what was learnt then may not explain itself."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            async for row in connection.cursor(self._sql["read_judged"], since, prefetch=1000):
                yield Judged(*row)
