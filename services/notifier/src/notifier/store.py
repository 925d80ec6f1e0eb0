"""The notifier's tables: bookings followed, alerts, deliveries, the feed, console keys, secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert
from notifier.audit import entries, ledger
from notifier.watch import Watched
from pickup_contracts.assessment import Reason
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

Key = tuple[str, str]
#: What the console and the delivery loop listen on; the payload is the operator's id.
CHANNEL = "notifier_alerts"

_SQL = queries("notifier")
_reasons = msgspec.json.Decoder(list[Reason])
_watched = msgspec.json.Decoder(Watched)


class Delivery(Struct, frozen=True):
    """Something to be told on one channel. `attempts` counts the one under way."""

    delivery_id: UUID
    alert_id: UUID
    operator_id: str
    booking_id: str
    channel: str
    body: bytes
    deadline: datetime
    attempts: int
    created_at: datetime


class DeliveryRecord(Struct, frozen=True):
    """How a delivery stands, for the page."""

    channel: str
    state: str
    attempts: int
    first_attempt_at: datetime | None
    delivered_at: datetime | None
    last_error: str | None


class FeedRow(Struct, frozen=True):
    """One step on its way to `pickup.alerts.v1`."""

    event_id: UUID
    operator_id: str
    booking_id: str
    at: datetime
    body: bytes


class ConsoleKey(Struct, frozen=True):
    """A person's key to the console. `holder` is who acts, as shown in the record of an alert."""

    key_id: str
    operator_id: str
    holder: str
    secret_sha256: bytes
    created_at: datetime
    revoked_at: datetime | None
    role: str = "dispatcher"


class Batch:
    """One transaction over what a batch of messages touches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: For the audit, written last: its locks are the last that a transaction takes.
        self.notes: list[entries.Note] = []

    async def watched(self, keys: Sequence[Key]) -> dict[Key, Watched]:
        """Those of `keys` that are followed."""
        rows = await self._connection.fetch(_SQL["read_watched"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): _watched.decode(row[2]) for row in rows}

    async def write_watched(self, bookings: dict[Key, Watched], now: datetime) -> None:
        if bookings:
            await self._connection.execute(
                _SQL["write_watched"],
                [key[0] for key in bookings],
                [key[1] for key in bookings],
                [msgspec.json.encode(one) for one in bookings.values()],
                [one.ended for one in bookings.values()],
                [now] * len(bookings),
            )

    async def alerts(self, ids: Sequence[UUID]) -> dict[UUID, Alert]:
        """Those of `ids` that exist, locked until the transaction ends."""
        rows = await self._connection.fetch(_SQL["lock_alerts"], list(ids)) if ids else []
        return {alert.alert_id: alert for alert in map(_alert, rows)}

    async def write_alerts(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            await self._connection.executemany(_SQL["write_alert"], [_row(alert) for alert in alerts])
            self.notes += entries.of_alerts(alerts)

    async def add_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Add what is to be told; what the same alerts said before and nobody has heard yet is dropped."""
        if not deliveries:
            return
        await self._connection.executemany(
            _SQL["add_delivery"],
            [
                (
                    one.delivery_id,
                    one.alert_id,
                    one.operator_id,
                    one.booking_id,
                    one.channel,
                    one.body,
                    one.deadline,
                    now,
                )
                for one in deliveries
            ],
        )
        await self._connection.execute(
            _SQL["supersede_deliveries"],
            [one.alert_id for one in deliveries],
            [one.delivery_id for one in deliveries],
        )

    async def move_deadlines(self, alerts: Sequence[Alert]) -> None:
        """Let what is still to be told follow its alert's deadline."""
        if alerts:
            await self._connection.execute(
                _SQL["move_deadlines"], [one.alert_id for one in alerts], [one.deadline for one in alerts]
            )

    async def add_feed(self, rows: Sequence[FeedRow]) -> None:
        if rows:
            await self._connection.executemany(
                _SQL["add_feed"], [(row.event_id, row.operator_id, row.booking_id, row.at, row.body) for row in rows]
            )
            self.notes += entries.of_steps(rows)

    async def announce(self, operator_ids: Sequence[str]) -> None:
        """Wake whoever listens, when the transaction commits."""
        for operator_id in dict.fromkeys(operator_ids):
            await self._connection.execute("select pg_notify($1, $2)", CHANNEL, operator_id)


class Store:
    """Reads and single writes; `batch` opens a transaction for a batch of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """A transaction; what is done in it is kept only when the block ends without an error."""
        async with self._pool.acquire() as connection, connection.transaction():
            batch = Batch(connection)
            yield batch
            await ledger.append(connection, batch.notes)

    async def claim_deliveries(self, now: datetime, *, lease_s: float, limit: int) -> list[Delivery]:
        """What is due, nearest deadline first, for this worker alone until the lease ends."""
        rows = await self._pool.fetch(_SQL["claim_deliveries"], now, lease_s, limit)
        return sorted((Delivery(*row) for row in rows), key=lambda one: one.deadline)

    async def settle(
        self, delivery_id: UUID, state: str, *, due_at: datetime | None, error: str | None, now: datetime
    ) -> None:
        """Record how an attempt ended: `delivered`, `failed`, `expired`, or `due` again at `due_at`."""
        await self._pool.execute(_SQL["settle_delivery"], delivery_id, state, due_at, error, now)

    async def next_due(self) -> datetime | None:
        """When something is due next; `None` when nothing waits."""
        moment: datetime | None = await self._pool.fetchval(_SQL["next_due"])
        return moment

    @asynccontextmanager
    async def unpublished(self, limit: int) -> AsyncIterator[list[FeedRow]]:
        """Steps that are not on the topic yet, in order, for this worker alone; marked when the block ends well."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = [FeedRow(*row) for row in await connection.fetch(_SQL["claim_feed"], limit)]
            yield rows
            if rows:
                await connection.execute(_SQL["mark_fed"], [row.event_id for row in rows])

    async def unclosed(self, operator_id: str, limit: int = 200) -> list[Alert]:
        """Open and acknowledged alerts of one operator, what waits first first."""
        return [_alert(row) for row in await self._pool.fetch(_SQL["list_unclosed"], operator_id, limit)]

    async def closed(self, operator_id: str, limit: int = 50) -> list[Alert]:
        """The newest closed alerts of one operator."""
        return [_alert(row) for row in await self._pool.fetch(_SQL["list_closed"], operator_id, limit)]

    async def alert(self, operator_id: str, alert_id: UUID) -> Alert | None:
        """An alert of this operator's; `None` also when it is another's."""
        row = await self._pool.fetchrow(_SQL["read_alert"], alert_id, operator_id)
        return _alert(row) if row is not None else None

    async def watched(self, keys: Sequence[Key]) -> dict[Key, Watched]:
        rows = await self._pool.fetch(_SQL["read_watched"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): _watched.decode(row[2]) for row in rows}

    async def deliveries(self, alert_id: UUID) -> list[DeliveryRecord]:
        return [DeliveryRecord(*row) for row in await self._pool.fetch(_SQL["deliveries_of"], alert_id)]

    async def count_unclosed(self) -> int:
        count: int = await self._pool.fetchval(_SQL["count_unclosed"])
        return count

    async def forget_watched(self, now: datetime) -> int:
        """Drop up to 2,000 bookings that are over; returns how many."""
        status: str = await self._pool.execute(_SQL["forget_watched"], now)
        return int(status.rpartition(" ")[2])

    async def console_key(self, key_id: str) -> ConsoleKey | None:
        row = await self._pool.fetchrow(_SQL["read_console_key"], key_id)
        return ConsoleKey(*row) if row is not None else None

    async def console_keys(self, operator_id: str | None = None) -> list[ConsoleKey]:
        return [ConsoleKey(*row) for row in await self._pool.fetch(_SQL["list_console_keys"], operator_id)]

    async def add_console_key(
        self, key_id: str, operator_id: str, holder: str, secret_sha256: bytes, role: str = "dispatcher"
    ) -> None:
        await self._pool.execute(_SQL["add_console_key"], key_id, operator_id, holder, secret_sha256, role)

    async def revoke_console_key(self, key_id: str) -> str | None:
        """Revoke a key; returns its operator, or `None` when there is no such key."""
        operator_id: str | None = await self._pool.fetchval(_SQL["revoke_console_key"], key_id)
        return operator_id

    async def secret(self, operator_id: str, name: str) -> bytes | None:
        """An encrypted secret."""
        sealed: bytes | None = await self._pool.fetchval(_SQL["read_secret"], operator_id, name)
        return sealed

    async def put_secret(self, operator_id: str, name: str, sealed: bytes) -> None:
        await self._pool.execute(_SQL["write_secret"], operator_id, name, sealed)

    async def secrets(self, operator_id: str | None = None) -> list[tuple[str, str, datetime]]:
        """Which secrets there are and since when; never what they are."""
        return [tuple(row) for row in await self._pool.fetch(_SQL["list_secrets"], operator_id)]


def _alert(row: Any) -> Alert:
    fields = dict(row)
    return Alert(**{**fields, "reasons": _reasons.decode(fields["reasons"])})


def _row(alert: Alert) -> tuple[object, ...]:
    fields = {name: getattr(alert, name) for name in Alert.__struct_fields__}
    return tuple({**fields, "reasons": msgspec.json.encode(alert.reasons)}.values())
