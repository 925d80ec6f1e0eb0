"""What is kept for a while only is forgotten when that is over, beside everything else.

What was booked goes 48 hours after the booking has ended, and so do the words in which it was told; steps and outcomes
go when their topics forget them; alerts go, with all that was told and commanded of them, after twelve months without a
change. Those that were found to be confirmed scams stay until a person releases their record; what the scorer keeps of
such a booking is then released with it, by taking the finding back.

Any number of workers may sweep at once. An alert that somebody else holds is passed over, and met again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from notifier.alerts.people import KEPT_FOR, RELEASED_KEPT_FOR
from notifier.audit import entries
from notifier.messages import outcome_row
from notifier.store import Store
from pickup_contracts.outcome import Outcome
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.sql import queries
from pickup_runtime.sweep import forget_each

_EVERY_S = 60.0
#: Alerts a transaction.
_MOST = 500
#: Who the audit says took a finding back, whose record a person had released before.
_SWEEP = "retention"

_SQL = queries("notifier")
_log = logs.get("forgetting")


class Forgetting:
    """Forgets what is due. Everything may be repeated."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._pool = store.pool
        self._clock = clock

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> None:
        """Forget whatever is due now. What can't be done is logged and left for the next time: warnings go on, and
        the metric tells how late it is."""
        now = self._clock.now()
        works: dict[str, Callable[[], Awaitable[object]]] = {
            "forget what was booked": lambda: self._all("forget_watched", now),
            "forget what was told": lambda: self._all("blank_bodies", now),
            "forget budgets of drivers": lambda: self._all("forget_budgets", now),
            "forget steps": lambda: self._all("forget_feed", now),
            "forget outcomes": lambda: self._all("forget_outcomes", now),
            "forget alerts": lambda: self._forget_alerts(now),
        }
        await forget_each(works, _log)

    async def _forget_alerts(self, now: datetime) -> None:
        until, gone = now - KEPT_FOR, 0
        while some := await self._forget_some(until, now):
            gone += some
        if gone:
            _log.info("forgotten", what="alerts", alerts=gone)
        oldest: datetime | None = await self._pool.fetchval(_SQL["oldest_alert"])
        metrics.forgetting_behind.labels("alerts").set(max(0.0, (until - (oldest or until)).total_seconds()))

    async def _forget_some(self, until: datetime, now: datetime) -> int:
        async with self._store.batch() as batch:
            old = await batch.old_alerts(until, now - RELEASED_KEPT_FOR, _MOST)
            if not old:
                return 0
            for one in old:
                if one.confirmed:
                    taken_back = Outcome(
                        operator_id=one.operator_id, booking_id=one.booking_id, at=now, reported_by="duty_manager"
                    )
                    row = outcome_row(taken_back, f"record released/{one.alert_id}")
                    await batch.commands.add_outcomes([row])
                    batch.notes.append(entries.of_outcome(row, taken_back, _SWEEP))
            await batch.delete_alerts([one.alert_id for one in old])
            return len(old)

    async def _all(self, statement: str, moment: datetime) -> int:
        """Repeat a statement that takes some at a time until there are none; returns how many there were."""
        done = 0
        while some := int((await self._pool.execute(_SQL[statement], moment)).rpartition(" ")[2]):
            done += some
        return done
