"""One transaction of the notifier: alerts, and beside them what is followed, told, asked for and left of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifier.alert_rows import alert_of, row_of
from notifier.alerts.alert import Alert
from notifier.audit import entries
from notifier.budget_rows import BudgetRows
from notifier.command_rows import CommandRows
from notifier.feed_rows import FeedRow
from notifier.rung_rows import RungRows
from notifier.watched_rows import WatchedRows
from pickup_runtime.postgres import Connection
from pickup_runtime.sql import queries

#: What the console and the delivery loop listen on; the payload is the operator's id, or nothing
#: when it is news to all.
CHANNEL = "notifier_alerts"

_SQL = queries("notifier")


class Old(Struct, frozen=True):
    """An alert that is kept no longer; `confirmed` when it is a scam whose record somebody has released."""

    alert_id: UUID
    operator_id: str
    booking_id: str
    confirmed: bool


class Batch:
    """One transaction over what a batch of messages touches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.bookings = WatchedRows(connection)
        self.rungs = RungRows(connection)
        self.commands = CommandRows(connection)
        self.budgets = BudgetRows(connection)
        #: For the audit, written last: its locks are the last that a transaction takes.
        self.notes: list[entries.Note] = []

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

    async def expiring(self, now: datetime, ids: Sequence[UUID]) -> list[Alert]:
        """Of `ids` the warnings that nobody took on before their deadline, for this transaction alone."""
        return [alert_of(row) for row in await self._connection.fetch(_SQL["claim_expiring"], now, list(ids))]

    async def unasked(self, now: datetime, ids: Sequence[UUID]) -> list[Alert]:
        """Of `ids` the alerts of which nobody was asked how it ended; for this transaction alone. They do not come
        again."""
        found = [alert_of(row) for row in await self._connection.fetch(_SQL["claim_unasked"], list(ids))]
        if found:
            await self.need_not_ask([one.alert_id for one in found], now)
        return found

    async def need_not_ask(self, alert_ids: Sequence[UUID], now: datetime) -> None:
        """Ask nobody how these bookings ended. Forgotten after a day, when nobody would be asked any more."""
        if alert_ids:
            await self._connection.execute(_SQL["mark_asked"], list(alert_ids), now)

    async def unconfirmed(self, now: datetime, ids: Sequence[UUID]) -> list[Alert]:
        """Of `ids` the alerts whose newest command was not answered in time, for this transaction alone."""
        return [alert_of(row) for row in await self._connection.fetch(_SQL["claim_unconfirmed"], now, list(ids))]

    async def old_alerts(self, until: datetime, released: datetime, limit: int) -> list[Old]:
        """Alerts that were changed last before `until`, of scams those whose record was `released` by then; for this
        transaction alone."""
        return [Old(*row) for row in await self._connection.fetch(_SQL["claim_old_alerts"], until, released, limit)]

    async def delete_alerts(self, alert_ids: Sequence[UUID]) -> None:
        """Delete alerts with all that was told and commanded of them."""
        await self._connection.execute(_SQL["delete_alerts"], list(alert_ids))

    async def write_alerts(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            await self._connection.executemany(_SQL["write_alert"], [row_of(alert) for alert in alerts])
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
