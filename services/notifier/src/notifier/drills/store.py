"""The drills' table. Where a drill has got to is read from the audit, as for any other booking."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.batch import CHANNEL
from notifier.drills.drill import Drill
from pickup_contracts.drills import OPERATOR
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")
_KEPT = timedelta(days=90)
_SHOWN = timedelta(days=1)


class DrillStore:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, drill_id: str, now: datetime, deadline: datetime, *, slot: datetime | None = None) -> bool:
        """Take a drill on; `False` when another worker has this hour's."""
        return await self._pool.fetchval(_SQL["drill_begin"], drill_id, slot, now, deadline) is not None

    async def accepted(self, drill_id: str, at: datetime) -> None:
        await self._pool.execute(_SQL["drill_accepted"], drill_id, at)

    async def look(self, drill_id: str) -> Drill:
        """How far it has got."""
        return Drill(**dict(await self._pool.fetchrow(_SQL["drill_look"], drill_id, OPERATOR)))

    async def end(self, drill_id: str, now: datetime) -> bool:
        """Say that it is over, to every page too; `False` when somebody else said so first."""
        if await self._pool.fetchval(_SQL["drill_end"], drill_id, now) is None:
            return False
        await self._pool.execute("select pg_notify($1, '')", CHANNEL)
        return True

    async def missed_last(self, now: datetime) -> Drill | None:
        """The newest drill that is over, where it was missed; `None` where it passed, or is of more than a day ago:
        nobody runs drills any more."""
        row = await self._pool.fetchrow(_SQL["drill_newest_ended"], now - _SHOWN)
        drill = Drill(**dict(row)) if row is not None else None
        return drill if drill is not None and not drill.passed else None

    async def missed_before(self, drill: Drill) -> bool:
        """Whether the hourly drill before this one was missed: whoever is to know of the fault has been told then."""
        row = await self._pool.fetchrow(_SQL["drill_before"], drill.sent_at - _SHOWN, drill.sent_at)
        return row is not None and not Drill(**dict(row)).passed

    async def unended(self, before: datetime) -> list[str]:
        """Drills that were due before then and that nobody ended: their worker died."""
        return [row[0] for row in await self._pool.fetch(_SQL["drill_unended"], before)]

    async def last(self, limit: int) -> list[Drill]:
        """The newest drills."""
        return [Drill(**dict(row)) for row in await self._pool.fetch(_SQL["drill_list"], limit)]

    async def forget(self, now: datetime) -> None:
        await self._pool.execute(_SQL["drill_forget"], now - _KEPT)
