"""Running drills: sent like any booking, watched, ended; a missed one is told to the duty managers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from notifier.drills.drill import Drill, booking, end_of, seconds, slot
from notifier.drills.store import DrillStore
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE

_LOOK_S = 0.2
_TICK_S = 60.0
_log = logs.get("drills")


class Alarm(Protocol):
    """Tells of a missed drill; `known` when the one before was missed too."""

    async def __call__(self, drill: Drill, /, *, known: bool) -> None: ...


class Course:
    """Sends drills through booking-ingest at `url` with the API key of the drills' operator, which must be set up."""

    def __init__(
        self,
        store: DrillStore,
        clock: Clock,
        *,
        url: str,
        api_key: str,
        allowed_s: float,
        alarm: Alarm,
        settle_s: float = 0.0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._alarm = alarm
        self._settle_s = settle_s
        self._allowed = timedelta(seconds=allowed_s)
        self._client = httpx.AsyncClient(
            base_url=url,
            transport=AiohttpTransport(),
            timeout=10.0,
            headers={"authorization": f"Bearer {api_key}"},
            trust_env=False,
        )

    async def run(self) -> None:
        """One drill an hour, over all workers, until cancelled. The first waits until a whole stack may be up."""
        await asyncio.sleep(self._settle_s)
        while True:
            try:
                now = self._clock.now()
                await self._end_orphans()
                await self._store.forget(now)
                await self.one(slot(now))
            except UNAVAILABLE as error:
                # Nobody can be told through the database; the metric that no longer moves tells it.
                _log.warning("drill_delayed", error=type(error).__name__)
            await asyncio.sleep(_TICK_S)

    async def one(self, hour: datetime | None = None) -> Drill | None:
        """Run a drill to its end, and tell it if it was missed; `None` when another worker has that hour's."""
        now = self._clock.now()
        drill_id = f"drill-{uuid.uuid4().hex[:12]}"
        if not await self._store.begin(drill_id, now, now + self._allowed, slot=hour):
            return None
        if await self._send(booking(drill_id, self._clock.now())):
            await self._store.accepted(drill_id, self._clock.now())
        while True:
            drill = await self._store.look(drill_id)
            if drill.over(self._clock.now()):
                break
            await asyncio.sleep(_LOOK_S)
        await self._send(end_of(drill_id, self._clock.now()))
        await self._finish(drill)
        return drill

    async def close(self) -> None:
        await self._client.aclose()

    async def _end_orphans(self) -> None:
        for drill_id in await self._store.unended(self._clock.now() - timedelta(minutes=1)):
            await self._send(end_of(drill_id, self._clock.now()))
            await self._finish(await self._store.look(drill_id))

    async def _finish(self, drill: Drill) -> None:
        if not await self._store.end(drill.drill_id, self._clock.now()):
            return
        for leg, taken in seconds(drill).items():
            metrics.drill_seconds.labels(leg).observe(taken)
        metrics.drills.labels("passed" if drill.passed else "missed").inc()
        if drill.passed:
            metrics.drill_last_passed.set(drill.sent_at.timestamp())
            return
        _log.error("drill_missed", drill=drill.drill_id, leg=drill.broken_leg)
        await self._alarm(drill, known=await self._store.missed_before(drill))

    async def _send(self, event: Mapping[str, Any]) -> bool:
        try:
            answer = await self._client.post(
                "/v1/bookings/events",
                content=msgspec.json.encode(event),
                headers={"content-type": "application/json"},
            )
        except httpx.HTTPError as error:
            _log.warning("drill_not_sent", error=type(error).__name__)
            return False
        if answer.status_code != 202:
            _log.warning("drill_refused", status=answer.status_code)
        return answer.status_code == 202
