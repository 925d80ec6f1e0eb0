"""The notifier's tables: a transaction over them, what is due in them, and alerts one by one.

What is told of alerts, commands, budgets and bookings have rooms of their own (`rung_rows`, `command_rows`,
`budget_rows`, `watched_rows`), reached through `batch.Batch`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal
from uuid import UUID

from notifier.alert_rows import as_far_as_readable
from notifier.alerts.alert import Alert, Command
from notifier.audit import ledger
from notifier.batch import Batch
from notifier.rung_rows import Delivery, Doors
from notifier.setting_aside import Item
from notifier.watched_rows import WatchedRows
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

#: Warnings that nobody took on, commands that nobody confirmed, ends that nobody was asked about, receipts overdue.
Past = Literal["expiring", "unconfirmed", "unasked", "silent"]

_SQL = queries("notifier")


class Store:
    """Reads and single writes; `batch` opens a transaction for a batch of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.bookings = WatchedRows(pool)

    @property
    def pool(self) -> Pool:
        """The connections, for reading rooms of their own."""
        return self._pool

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """A transaction; what is done in it is kept only when the block ends without an error."""
        async with self._pool.acquire() as connection, connection.transaction():
            batch = Batch(connection)
            yield batch
            await ledger.append(connection, batch.notes)

    async def claim_deliveries(self, now: datetime, *, lease_s: float, doors: Doors) -> list[Delivery]:
        """What is due and can be attempted, for this worker alone until the lease ends. What can still be in time
        first, then nearest deadline first."""
        rows = await self._pool.fetch(
            _SQL["claim_deliveries"],
            now,
            lease_s,
            [channel for channel, limit in doors.free.items() if limit > 0],
            [limit for limit in doors.free.values() if limit > 0],
            list(doors.free),
            [channel for channel, _ in doors.shut],
            [operator_id for _, operator_id in doors.shut],
            doors.past,
        )
        return sorted((Delivery(*row) for row in rows), key=lambda one: (one.deadline <= now, one.claim_by))

    async def past(self, what: Past, now: datetime, limit: int) -> list[Item]:
        """What is past its time, but for what is set aside for now: alerts, or deliveries for a receipt overdue."""
        return [Item(*row) for row in await self._pool.fetch(_SQL[f"find_{what}"], now, limit)]

    async def next_due(self, before: datetime, shut: Sequence[tuple[str, str]] = ()) -> datetime | None:
        """When something is due next at a door that is not `shut` (as in `Doors`); `None` when nothing is `before`
        then."""
        moment: datetime | None = await self._pool.fetchval(
            _SQL["next_due"], before, [channel for channel, _ in shut], [operator_id for _, operator_id in shut]
        )
        return moment

    async def unclosed(self, operator_id: str, limit: int = 200, *, stale: datetime | None = None) -> list[Alert]:
        """Open and acknowledged alerts of one operator, what waits first first; what ran out before `stale` last."""
        rows = await self._pool.fetch(_SQL["list_unclosed"], operator_id, limit, stale)
        return [as_far_as_readable(row) for row in rows]

    async def closed(self, operator_id: str, limit: int = 50) -> list[Alert]:
        """The newest closed alerts of one operator."""
        return [as_far_as_readable(row) for row in await self._pool.fetch(_SQL["list_closed"], operator_id, limit)]

    async def alert(self, operator_id: str, alert_id: UUID) -> Alert | None:
        """An alert of this operator's; `None` also when it is another's."""
        row = await self._pool.fetchrow(_SQL["read_alert"], alert_id, operator_id)
        return as_far_as_readable(row) if row is not None else None

    async def commands(self, alert_id: UUID) -> list[Command]:
        """The commands of an alert, newest first."""
        return [Command(**dict(row)) for row in await self._pool.fetch(_SQL["commands_of"], alert_id)]

    async def count_unclosed(self) -> int:
        count: int = await self._pool.fetchval(_SQL["count_unclosed"])
        return count
