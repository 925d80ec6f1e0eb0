"""Batches in flight: while one waits for the database another works."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

#: With two the worker still waited for the database a fifth of its time, with four an eighth (ADR 0070).
LANES = 4
#: Of batches that are not full. More would each take a few events, at nearly the cost of many (ADR 0086).
_NOT_FULL = 2


class Lanes:
    """Runs batches side by side, at most `lanes` at once, and ends them in the order in which they were begun: a later
    batch may be done sooner, but nothing is acknowledged before what came before it.

    `failed` is called with the error of a batch, and is not expected to return: what came after it must not be
    acknowledged.
    """

    def __init__(self, failed: Callable[[Exception], None], lanes: int = LANES) -> None:
        self._failed = failed
        self._lanes = lanes
        self._running: deque[asyncio.Task[None]] = deque()

    async def calm(self) -> None:
        """Wait until a batch that is not full may begin. What comes meanwhile goes with it."""
        await self._fewer_than(min(self._lanes, _NOT_FULL))

    async def begin(self, work: Callable[[], Awaitable[object]], acknowledge: Callable[[], Awaitable[None]]) -> None:
        """Begin a batch as soon as there is a lane for it."""
        await self._fewer_than(self._lanes)
        before = self._running[-1] if self._running else None
        self._running.append(asyncio.ensure_future(self._run(work, acknowledge, before)))

    async def stop(self) -> None:
        """Give up what is in flight; none of it is acknowledged."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    async def _fewer_than(self, lanes: int) -> None:
        while self._running and (len(self._running) >= lanes or self._running[0].done()):
            await self._running[0]
            self._running.popleft()

    async def _run(
        self,
        work: Callable[[], Awaitable[object]],
        acknowledge: Callable[[], Awaitable[None]],
        before: asyncio.Task[None] | None,
    ) -> None:
        try:
            await work()
            if before is not None:
                await asyncio.shield(before)
            await acknowledge()
        except Exception as error:
            self._failed(error)
            raise
