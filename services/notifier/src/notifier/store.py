"""The notifier's tables: bookings followed, alerts, the feed, console keys, secrets. What is told of alerts, commands
and budgets have rooms of their own (`rung_rows`, `command_rows`, `budget_rows`), reached through `Batch`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert, Command
from notifier.audit import entries, ledger
from notifier.budget_rows import BudgetRows
from notifier.command_rows import CommandRows
from notifier.feed_rows import FeedRow
from notifier.rung_rows import Delivery, Doors, RungRows
from notifier.watch import Watched
from pickup_contracts.alert import Audience
from pickup_contracts.assessment import Reason
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

__all__ = ["CHANNEL", "Batch", "ConsoleKey", "Delivery", "DeliveryRecord", "FeedRow", "Key", "Store"]

Key = tuple[str, str]
#: What the console and the delivery loop listen on; the payload is the operator's id.
CHANNEL = "notifier_alerts"

_SQL = queries("notifier")
_reasons = msgspec.json.Decoder(list[Reason])
_watched = msgspec.json.Decoder(Watched)


class DeliveryRecord(Struct, frozen=True):
    """How a delivery stands, for the page. `text` is what a driver is told, in the driver's language; `None` for
    others, and once it is no longer kept."""

    channel: str
    state: str
    attempts: int
    first_attempt_at: datetime | None
    delivered_at: datetime | None
    last_error: str | None
    audience: Audience = "dispatcher"
    recipient: str = "system"
    telling: str = "warning"
    due_at: datetime | None = None
    receipt_at: datetime | None = None
    text: str | None = None


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
        self.rungs = RungRows(connection)
        self.commands = CommandRows(connection)
        self.budgets = BudgetRows(connection)
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

    async def phones(self, drivers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The sealed push subscription of the phone that each of these drivers, by operator and id, used last."""
        if not drivers:
            return {}
        rows = await self._connection.fetch(
            _SQL["read_push_subscriptions"], [one[0] for one in drivers], [one[1] for one in drivers]
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def alerts(self, ids: Sequence[UUID]) -> dict[UUID, Alert]:
        """Those of `ids` that exist, locked until the transaction ends."""
        rows = await self._connection.fetch(_SQL["lock_alerts"], list(ids)) if ids else []
        return {alert.alert_id: alert for alert in map(alert_of, rows)}

    async def expiring(self, now: datetime, limit: int) -> list[Alert]:
        """Warnings that nobody took on before their deadline, for this transaction alone."""
        return [alert_of(row) for row in await self._connection.fetch(_SQL["claim_expiring"], now, limit)]

    async def unasked(self, now: datetime, limit: int) -> list[Alert]:
        """Alerts whose booking has ended, nobody knows how; for this transaction alone. They do not come again."""
        found = [alert_of(row) for row in await self._connection.fetch(_SQL["claim_unasked"], now, limit)]
        if found:
            await self.need_not_ask([one.alert_id for one in found], now)
        return found

    async def need_not_ask(self, alert_ids: Sequence[UUID], now: datetime) -> None:
        """Ask nobody how these bookings ended. Forgotten after a day, when nobody would be asked any more."""
        if alert_ids:
            await self._connection.execute(_SQL["mark_asked"], list(alert_ids), now)

    async def unconfirmed(self, now: datetime, limit: int) -> list[Alert]:
        """Alerts whose newest command was not answered in time, for this transaction alone."""
        return [alert_of(row) for row in await self._connection.fetch(_SQL["claim_unconfirmed"], now, limit)]

    async def write_alerts(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            await self._connection.executemany(_SQL["write_alert"], [_row(alert) for alert in alerts])
            self.notes += entries.of_alerts(alerts)

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

    async def silent(self, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
        """Deliveries and their alerts whose provider has not said in time that they arrived."""
        return [tuple(row) for row in await self._pool.fetch(_SQL["find_silent"], now, limit)]

    async def next_due(self, before: datetime, shut: Sequence[tuple[str, str]] = ()) -> datetime | None:
        """When something is due next at a door that is not `shut` (as in `Doors`); `None` when nothing is `before`
        then."""
        moment: datetime | None = await self._pool.fetchval(
            _SQL["next_due"], before, [channel for channel, _ in shut], [operator_id for _, operator_id in shut]
        )
        return moment

    @asynccontextmanager
    async def unpublished(self, limit: int) -> AsyncIterator[list[FeedRow]]:
        """Steps that are not on the topic yet, in order, for this worker alone; marked when the block ends well."""
        async with self._outbox("claim_feed", "mark_fed", limit) as rows:
            yield rows

    @asynccontextmanager
    async def unpublished_outcomes(self, limit: int) -> AsyncIterator[list[FeedRow]]:
        """Outcomes that are not on the topic yet, likewise."""
        async with self._outbox("claim_outcomes", "mark_outcomes", limit) as rows:
            yield rows

    @asynccontextmanager
    async def _outbox(self, claim: str, mark: str, limit: int) -> AsyncIterator[list[FeedRow]]:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = [FeedRow(*row) for row in await connection.fetch(_SQL[claim], limit)]
            yield rows
            if rows:
                await connection.execute(_SQL[mark], [row.event_id for row in rows])

    async def unclosed(self, operator_id: str, limit: int = 200, *, stale: datetime | None = None) -> list[Alert]:
        """Open and acknowledged alerts of one operator, what waits first first; what ran out before `stale` last."""
        rows = await self._pool.fetch(_SQL["list_unclosed"], operator_id, limit, stale)
        return [alert_of(row) for row in rows]

    async def closed(self, operator_id: str, limit: int = 50) -> list[Alert]:
        """The newest closed alerts of one operator."""
        return [alert_of(row) for row in await self._pool.fetch(_SQL["list_closed"], operator_id, limit)]

    async def alert(self, operator_id: str, alert_id: UUID) -> Alert | None:
        """An alert of this operator's; `None` also when it is another's."""
        row = await self._pool.fetchrow(_SQL["read_alert"], alert_id, operator_id)
        return alert_of(row) if row is not None else None

    async def watched(self, keys: Sequence[Key]) -> dict[Key, Watched]:
        rows = await self._pool.fetch(_SQL["read_watched"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): _watched.decode(row[2]) for row in rows}

    async def deliveries(self, alert_id: UUID) -> list[DeliveryRecord]:
        """What was told of an alert, newest first."""
        return (await self.deliveries_of([alert_id]))[alert_id]

    async def deliveries_of(self, alert_ids: Sequence[UUID]) -> dict[UUID, list[DeliveryRecord]]:
        """Likewise of several, in one question."""
        found: dict[UUID, list[DeliveryRecord]] = {identity: [] for identity in alert_ids}
        if alert_ids:
            for row in await self._pool.fetch(_SQL["deliveries_of_several"], list(alert_ids)):
                found[row["alert_id"]].append(_delivered(row))
        return found

    async def commands(self, alert_id: UUID) -> list[Command]:
        """The commands of an alert, newest first."""
        return [Command(**dict(row)) for row in await self._pool.fetch(_SQL["commands_of"], alert_id)]

    async def count_unclosed(self) -> int:
        count: int = await self._pool.fetchval(_SQL["count_unclosed"])
        return count

    async def forget_watched(self, now: datetime) -> int:
        """Drop up to 2,000 bookings that are over; returns how many."""
        status: str = await self._pool.execute(_SQL["forget_watched"], now)
        return int(status.rpartition(" ")[2])

    async def blank_bodies(self, now: datetime) -> int:
        """Empty up to 2,000 deliveries that were made 48 hours ago; returns how many. Outcomes go after 90 days, and
        budgets of drivers who were not heard of for two."""
        status: str = await self._pool.execute(_SQL["blank_bodies"], now)
        await self._pool.execute(_SQL["forget_budgets"], now)
        await self._pool.execute(_SQL["forget_outcomes"], now)
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


class _Told(Struct):
    """The part of a message's body that the page shows."""

    text: str | None = None


_told = msgspec.json.Decoder(_Told)


def _delivered(row: Any) -> DeliveryRecord:
    fields = dict(row)
    del fields["alert_id"]
    body = fields.pop("body")
    return DeliveryRecord(**fields, text=_text_to_driver(fields["audience"], fields["telling"], body))


def _text_to_driver(audience: str, telling: str, body: bytes) -> str | None:
    """What a driver is told, out of a delivery's body. A webhook's body has no text of its own."""
    return _told.decode(body).text if audience == "driver" and telling != "command" and body else None


def watched_of(document: bytes) -> Watched:
    """A booking as it is kept."""
    return _watched.decode(document)


def alert_of(row: Any) -> Alert:
    """An alert from its row."""
    fields = dict(row)
    return Alert(**{**fields, "reasons": _reasons.decode(fields["reasons"])})


def _row(alert: Alert) -> tuple[object, ...]:
    fields = {name: getattr(alert, name) for name in Alert.__struct_fields__}
    return tuple({**fields, "reasons": msgspec.json.encode(alert.reasons)}.values())
