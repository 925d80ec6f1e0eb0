"""Claim what is due, attempt it, record how it went: nearest deadline first, spaced by the time that is left."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from notifier.alerts.alert import Step
from notifier.alerts.deadline import next_attempt
from notifier.channels.channel import Attempt, Channel
from notifier.live import Bell
from notifier.messages import attempt_row
from notifier.store import Delivery, FeedRow, Store
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE, until_available

#: Longer than any attempt can take; after it, another worker may try.
LEASE_S = 30.0
_log = logs.get("delivery")


class DeliveryLoop:
    """Works through what is due, many attempts at a time."""

    def __init__(
        self, store: Store, channels: dict[str, Channel], clock: Clock, bell: Bell, *, at_once: int = 64
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._bell = bell
        self._free = at_once
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
            for attempt in self._attempts:
                attempt.cancel()

    async def _claim(self) -> int:
        while self._free <= 0:
            self._freed.clear()
            await self._freed.wait()
        due = await self._store.claim_deliveries(self._clock.now(), lease_s=LEASE_S, limit=self._free)
        for delivery in due:
            self._free -= 1
            task = asyncio.create_task(self._attempt(delivery))
            self._attempts.add(task)
            task.add_done_callback(self._done)
        return len(due)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        self._free += 1
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("attempt_lost", error=type(error).__name__, exc_info=error)

    async def _pause(self) -> float:
        moment = await self._store.next_due()
        if moment is None:
            return 1.0
        return min(max((moment - self._clock.now()).total_seconds(), 0.02), 1.0)

    async def _attempt(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.channel)
        now = self._clock.now()
        if delivery.attempts == 1:
            metrics.first_attempt_seconds.observe((now - delivery.created_at).total_seconds())
        if channel is None:
            attempt = Attempt("refused", f"no such channel: {delivery.channel}")
        else:
            attempt = await channel.attempt(delivery)
        metrics.attempts.labels(delivery.channel, attempt.result).inc()
        await until_available(lambda: self._record(delivery, attempt), what="record attempt")

    async def _record(self, delivery: Delivery, attempt: Attempt) -> None:
        now = self._clock.now()
        rows: list[FeedRow] = [attempt_row(delivery, Step("attempted", f"attempt {delivery.attempts}"), now)]
        due_at: datetime | None = None
        state = "delivered"
        if attempt.result == "delivered":
            rows.append(attempt_row(delivery, Step("delivered"), now))
        elif attempt.result == "refused":
            state = "failed"
            rows.append(attempt_row(delivery, Step("failed", attempt.error), now))
        else:
            due_at = _again(now, delivery, attempt.retry_after_s)
            state = "due" if due_at is not None else "expired"
            if due_at is None:
                rows.append(attempt_row(delivery, Step("expired", attempt.error), now))
        await self._store.settle(delivery.delivery_id, state, due_at=due_at, error=attempt.error, now=now)
        async with self._store.batch() as batch:
            await batch.add_feed(rows)
            await batch.announce([delivery.operator_id])


def _again(now: datetime, delivery: Delivery, retry_after_s: float | None) -> datetime | None:
    """When to try again. What the receiver asks for is honoured as long as it leaves a try before the deadline."""
    planned = next_attempt(now, delivery.deadline, attempts=delivery.attempts)
    if planned is None or retry_after_s is None:
        return planned
    asked = now + timedelta(seconds=retry_after_s)
    return max(planned, asked) if asked < delivery.deadline else planned
