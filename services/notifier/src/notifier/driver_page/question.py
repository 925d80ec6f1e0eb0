"""When a booking is over and nobody has said how it ended, its driver is asked once more. No answer stays unknown."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.setting_aside import Aside, Item
from notifier.store import Store
from notifier.sweeping import AT_ONCE, sweeping
from notifier.telling import Teller
from pickup_runtime import logs
from pickup_runtime.clock import Clock

_EVERY_S = 10.0
_log = logs.get("driver_page")


class Questions:
    """Asks, two minutes after the end: what a phone had kept without signal comes first."""

    def __init__(self, store: Store, teller: Teller, clock: Clock) -> None:
        self._store = store
        self._teller = teller
        self._aside = Aside(store.pool, clock)
        self._clock = clock

    async def run(self) -> None:
        """Run until cancelled. Any number of workers may: each takes what no other has."""
        await sweeping(self.sweep, every_s=_EVERY_S, log=_log)

    async def sweep(self) -> int:
        """Ask of up to a hundred bookings; returns of how many. One whose driver can't be reached is not asked of
        again either."""
        over = await self._store.past("unasked", self._clock.now(), AT_ONCE)
        return await self._aside.each("question", over, self._ask)

    async def _ask(self, items: Sequence[Item]) -> int:
        now = self._clock.now()
        async with self._store.batch() as batch:
            over = await batch.unasked(now, [one.row_id for one in items])
            if not over:
                return 0
            watched = await batch.bookings.of([(alert.operator_id, alert.booking_id) for alert in over])
            drivers = {alert.alert_id: self._teller.phone_of(alert) for alert in over}
            phones = await batch.phones(sorted({one for one in drivers.values() if one is not None}))
            asked = []
            for alert in over:
                driver = drivers[alert.alert_id]
                phone = phones.get(driver) if driver is not None else None
                known = watched.get((alert.operator_id, alert.booking_id))
                if (one := self._teller.question(alert, known, now, phone)) is not None:
                    asked.append(one)
            await batch.rungs.add(asked)
            await batch.announce(sorted({one.operator_id for one in asked}))
        return len(over)
