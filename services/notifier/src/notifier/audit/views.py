"""The log of who looked at what: written in batches, so that looking stays fast; kept for twelve months."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta

from msgspec import Struct

from notifier.accounts.principal import Principal
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE, Pool
from pickup_runtime.sql import queries

KEPT = timedelta(days=365)
#: A page that refreshes itself is looked at once in so long.
_SAME_LOOK = timedelta(minutes=5)
_FLUSH_S = 1.0
_BATCH = 500
_MOST = 20_000

_SQL = queries("notifier")
_log = logs.get("views")


class View(Struct, frozen=True):
    """One look. `kind` is what was shown: `alerts`, `booking`, `audit`, `evidence`, …"""

    at: datetime
    operator_id: str
    subject: str
    holder: str
    kind: str
    booking_id: str | None


class ViewLog:
    """Takes looks at once and writes them within a second. A crash loses that second, a database that is away nothing
    up to 20,000 looks; what is lost beyond that is counted."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._waiting: deque[View] = deque()
        self._last: dict[tuple[str, str, str | None], datetime] = {}

    def looked(self, who: Principal, kind: str, booking_id: str | None = None) -> None:
        """Note that somebody was shown something."""
        now = self._clock.now()
        look = (who.subject, kind, booking_id)
        if now < self._last.get(look, now - _SAME_LOOK) + _SAME_LOOK:
            return
        if len(self._last) > 10_000:
            self._last.clear()
        self._last[look] = now
        if len(self._waiting) >= _MOST:
            metrics.views_lost.inc()
            return
        self._waiting.append(View(now, who.operator_id, who.subject, who.holder, kind, booking_id))

    async def run(self) -> None:
        """Write what waits, until cancelled; and what waits then."""
        try:
            while True:
                await asyncio.sleep(_FLUSH_S)
                try:
                    await self.flush()
                except UNAVAILABLE as error:
                    _log.warning("views_delayed", error=type(error).__name__, waiting=len(self._waiting))
        finally:
            await asyncio.shield(self.flush())

    async def flush(self) -> None:
        """Write what waits now."""
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(_BATCH, len(self._waiting)))]
            columns = zip(*(tuple(getattr(one, name) for name in View.__struct_fields__) for one in batch), strict=True)
            await self._pool.execute(_SQL["add_views"], *map(list, columns))
            for _ in batch:
                self._waiting.popleft()

    async def views(self, operator_id: str, *, booking_id: str | None = None, limit: int = 200) -> list[View]:
        """The newest looks at an operator's bookings, or at one of them."""
        return [View(*row) for row in await self._pool.fetch(_SQL["list_views"], operator_id, booking_id, limit)]

    async def forget(self, now: datetime) -> int:
        """Drop up to 5,000 looks that are older than twelve months; returns how many."""
        status: str = await self._pool.execute(_SQL["forget_views"], now - KEPT)
        return int(status.rpartition(" ")[2])
