"""What is past its time: alerts that nobody took on, commands that nobody confirmed, receipts that never came."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.alerts.alert import Alert, Change
from notifier.alerts.changes import expire
from notifier.alerts.holds import unanswered
from notifier.audit import entries
from notifier.batch import Batch
from notifier.live import Bell
from notifier.receipts import Receipts
from notifier.setting_aside import Aside, Item
from notifier.store import Store
from notifier.sweeping import AT_ONCE, sweeping
from notifier.telling import Teller
from notifier.tidings import Tidings
from pickup_contracts.alert import alert_id
from pickup_runtime import logs
from pickup_runtime.clock import Clock

_EVERY_S = 0.5
_log = logs.get("escalation")


class Escalation:
    """Sweeps for what is past its time; any number of workers may, each taking what no other has. What can't be done of
    one row is set aside."""

    def __init__(self, store: Store, teller: Teller, clock: Clock, bell: Bell) -> None:
        self._store = store
        self._tidings = Tidings(teller)
        self._receipts = Receipts(store, clock)
        self._aside = Aside(store.pool, clock)
        self._clock = clock
        self._bell = bell

    async def run(self) -> None:
        """Run until cancelled: twice a second, which is soon enough for deadlines of minutes."""
        await sweeping(self.sweep, every_s=_EVERY_S, log=_log)

    async def sweep(self) -> int:
        """Escalate up to a hundred of each kind; returns how many alerts changed."""
        now = self._clock.now()
        expired = await self._aside.each("expiry", await self._store.past("expiring", now, AT_ONCE), self._expire)
        unconfirmed = await self._aside.each(
            "command", await self._store.past("unconfirmed", now, AT_ONCE), self._unconfirmed
        )
        silent = [
            await self._aside.each("receipt", [one], self._silent)
            for one in await self._store.past("silent", now, AT_ONCE)
        ]
        return expired + unconfirmed + sum(silent)

    async def _expire(self, items: Sequence[Item]) -> int:
        now = self._clock.now()
        async with self._store.batch() as batch:
            late = await batch.expiring(now, [one.row_id for one in items])
            return await self._write(batch, [(alert, expire(alert, now=now)) for alert in late])

    async def _unconfirmed(self, items: Sequence[Item]) -> int:
        now = self._clock.now()
        async with self._store.batch() as batch:
            alerts = await batch.unconfirmed(now, [one.row_id for one in items])
            await batch.commands.silence([alert.command_id for alert in alerts if alert.command_id is not None])
            batch.notes += [entries.of_silence(alert, now) for alert in alerts]
            return await self._write(batch, [(alert, unanswered(alert, now=now)) for alert in alerts])

    async def _silent(self, items: Sequence[Item]) -> int:
        return sum(
            [
                await self._receipts.give_up_silent(one.row_id, alert_id(one.operator_id, one.booking_id))
                for one in items
            ]
        )

    async def _write(self, batch: Batch, found: list[tuple[Alert, Change | None]]) -> int:
        changes: list[tuple[Alert | None, Change]] = [(alert, change) for alert, change in found if change is not None]
        keys = [(change.alert.operator_id, change.alert.booking_id) for _, change in changes]
        await self._tidings.write(batch, changes, await batch.bookings.of(keys) if keys else {}, self._clock.now())
        return len(changes)
