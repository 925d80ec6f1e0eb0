"""Bookings as they would come in: posted to booking-ingest at their moments, scams mixed in."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from pickupctl.traffic.ordinary import ordinary
from pickupctl.traffic.scams import SCAMS, scam
from pickupctl.traffic.story import Story
from pickupctl.traffic.world import World

#: Journeys go this much faster than life, so that a demo shows their whole course.
_PACE = 4.0
_FIRST_SCAM_S = 6.0
_SCAM_EVERY_S = 25.0


class Simulator:
    """Posts about `per_s` new bookings a second, with all that happens to them, until it is cancelled."""

    def __init__(
        self, url: str, keys: dict[str, str], *, per_s: float, on_sent: Callable[[int], None], seed: int
    ) -> None:
        self._keys = keys
        self._per_s = per_s
        self._on_sent = on_sent
        now = datetime.now(UTC)
        self._world = World(seed, now)
        self._random = random.Random(seed)
        # Numbers go on from where an earlier run on the same data stopped.
        self._number = int(now.timestamp()) % 10_000_000
        self._client = httpx.AsyncClient(base_url=url, transport=AiohttpTransport(), timeout=10.0, trust_env=False)
        self._waiting: list[tuple[datetime, int, str, dict[str, Any]]] = []
        self._order = 0
        self._scams = 0

    async def run(self) -> None:
        """Run until cancelled."""
        next_booking = datetime.now(UTC)
        next_scam = next_booking + timedelta(seconds=_FIRST_SCAM_S)
        posts: set[asyncio.Task[None]] = set()
        try:
            while True:
                now = datetime.now(UTC)
                while next_booking <= now:
                    self._plan(ordinary(self._world, self._next()), next_booking)
                    next_booking += timedelta(seconds=self._random.expovariate(self._per_s))
                while next_scam <= now:
                    self._plan(scam(self._world, self._next(), SCAMS[self._scams % len(SCAMS)]), next_scam)
                    self._scams += 1
                    next_scam += timedelta(seconds=_SCAM_EVERY_S)
                while self._waiting and self._waiting[0][0] <= now:
                    _, _, operator_id, event = heapq.heappop(self._waiting)
                    task = asyncio.create_task(self._post(operator_id, event))
                    posts.add(task)
                    task.add_done_callback(posts.discard)
                await asyncio.sleep(0.05)
        finally:
            for task in posts:
                task.cancel()
            await self._client.aclose()

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _plan(self, story: Story, start: datetime) -> None:
        for at, event in story.events(start, pace=_PACE):
            self._order += 1
            heapq.heappush(self._waiting, (at, self._order, story.operator_id, event))

    async def _post(self, operator_id: str, event: dict[str, Any]) -> None:
        """Post until it is taken: what was refused for a moment is sent again, as a dispatch system would."""
        while True:
            try:
                answer = await self._client.post(
                    "/v1/bookings/events", json=event, headers={"authorization": f"Bearer {self._keys[operator_id]}"}
                )
            except httpx.HTTPError:
                await asyncio.sleep(1.0)
                continue
            self._on_sent(answer.status_code)
            if answer.status_code < 500 and answer.status_code != 429:
                return
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))
