"""Claim what is due, attempt it, record how it went: nearest deadline first, spaced by the time that is left."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from notifier.channels.channel import Attempt, Channel
from notifier.live import Bell
from notifier.recording import Recorder
from notifier.store import Delivery, Store
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE

#: Longer than any attempt can take; after it, another worker may try.
LEASE_S = 30.0
#: How long to wait before looking again without having been rung for.
_LONGEST_PAUSE_S = 1.0
#: The slots of channels that this deployment does not have.
_OTHERS = "*"
_log = logs.get("delivery")


class DeliveryLoop:
    """Works through what is due. Each channel has slots of its own: one that hangs keeps no other waiting."""

    def __init__(
        self, store: Store, channels: dict[str, Channel], clock: Clock, bell: Bell, *, at_once: int = 64
    ) -> None:
        self._store = store
        self._recorder = Recorder(store, clock)
        self._channels = channels
        self._clock = clock
        self._bell = bell
        self._free = dict.fromkeys((*channels, _OTHERS), at_once)
        self._freed = asyncio.Event()
        self._attempts: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until cancelled; attempts under way then are given up and their lease runs out."""
        try:
            with self._bell.listen() as ear:
                while True:
                    try:
                        taken = await self._claim()
                        pause = 0.0 if taken else await self._pause()
                    except UNAVAILABLE as error:
                        _log.warning("database_unavailable", error=type(error).__name__)
                        pause = 0.5
                    if pause:
                        await ear.wait(timeout_s=pause)
        finally:
            self._recorder.close()
            for attempt in self._attempts:
                attempt.cancel()

    async def _claim(self) -> int:
        while not any(self._free.values()):
            self._freed.clear()
            await self._freed.wait()
        due = await self._store.claim_deliveries(self._clock.now(), lease_s=LEASE_S, free=self._free)
        for delivery in due:
            lane = delivery.channel if delivery.channel in self._channels else _OTHERS
            self._free[lane] -= 1
            task = asyncio.create_task(self._attempt(delivery), name=lane)
            self._attempts.add(task)
            task.add_done_callback(self._done)
        return len(due)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        self._free[task.get_name()] += 1
        self._freed.set()
        # What had to wait for a slot of this channel is due already.
        self._bell.ring()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("attempt_lost", error=type(error).__name__, exc_info=error)

    async def _pause(self) -> float:
        busy = [name for name, free in self._free.items() if free <= 0]
        moment = await self._store.next_due(self._clock.now() + timedelta(seconds=_LONGEST_PAUSE_S), busy)
        if moment is None:
            return _LONGEST_PAUSE_S
        return min(max((moment - self._clock.now()).total_seconds(), 0.02), _LONGEST_PAUSE_S)

    async def _attempt(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.channel)
        now = self._clock.now()
        if delivery.attempts == 1 and delivery.opens == 0:
            metrics.first_attempt_seconds.observe((now - delivery.created_at).total_seconds())
        if channel is None:
            attempt = Attempt("refused", f"no such channel: {delivery.channel}")
        else:
            attempt = await channel.attempt(delivery)
        metrics.attempts.labels(delivery.channel, attempt.result).inc()
        await self._recorder.record(delivery, attempt)
