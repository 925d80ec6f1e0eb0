"""Where sightings go, and when they go: partitions by time, made for the days that are written and dropped whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from pickup_runtime import logs
from pickup_runtime.postgres import Pool
from risk_scorer.changes import SightedAt

_log = logs.get("partitions")
#: No look goes back further. A partition goes when all of it is older; until then what is older in it is deleted day by
#: day (`forgetting`).
KEPT_FOR = timedelta(days=30)
#: Made ahead, so that a batch in the first seconds of a new partition need not wait for it.
_AHEAD = 10


class Partitions:
    """Those that are known to be there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._days: set[date] = set()

    async def ensure(self, sightings: Iterable[SightedAt]) -> None:
        """Make what these sightings need, and that of the days that follow; asks the database on a new day alone.

        Call it outside any transaction: making a partition locks the table until the transaction ends.
        """
        days = {sighted.at.date() for sighted in sightings}
        if days <= self._days:
            return
        wanted = {day + timedelta(days=ahead) for day in days - self._days for ahead in range(_AHEAD + 1)}
        midnights = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in sorted(wanted)]
        await self._pool.execute("select ensure_sighting_partitions($1)", midnights)
        self._days |= days

    def forget(self) -> None:
        """Know of none: what is needed is made again."""
        self._days.clear()

    async def expire(self) -> int:
        """Drop the partitions of which every sighting is older than is kept, by the database's clock; returns how many.
        One that is in use is left for the next time."""
        dropped: int = await self._pool.fetchval("select drop_sighting_partitions(now() - $1::interval)", KEPT_FOR)
        if dropped:
            _log.info("sightings_expired", partitions=dropped)
        return dropped
