"""Claim what is due, attempt it, record how it went: nearest deadline first, spaced by the time that is left."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from notifier.alerts.alert import Step
from notifier.alerts.changes import Fared, on_message
from notifier.alerts.deadline import next_attempt
from notifier.alerts.rungs import RungState, advance
from notifier.channels.channel import Attempt, Channel
from notifier.live import Bell
from notifier.messages import attempt_row, feed
from notifier.store import Batch, Delivery, FeedRow, Store
from pickup_contracts.alert import AlertEventType
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE, until_available

#: Longer than any attempt can take; after it, another worker may try.
LEASE_S = 30.0
#: The slots of channels that this deployment does not have.
_OTHERS = "*"
_log = logs.get("delivery")


class DeliveryLoop:
    """Works through what is due. Each channel has slots of its own: one that hangs keeps no other waiting."""

    def __init__(
        self, store: Store, channels: dict[str, Channel], clock: Clock, bell: Bell, *, at_once: int = 64
    ) -> None:
        self._store = store
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
        moment = await self._store.next_due([name for name, free in self._free.items() if free <= 0])
        if moment is None:
            return 1.0
        return min(max((moment - self._clock.now()).total_seconds(), 0.02), 1.0)

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
        await until_available(lambda: self._record(delivery, attempt), what="record attempt")

    async def _record(self, delivery: Delivery, attempt: Attempt) -> None:
        now = self._clock.now()
        state, due_at = _outcome(delivery, attempt, now)
        rows = [attempt_row(delivery, Step("attempted", f"attempt {delivery.attempts}"), now)]
        if state != "due":
            rows.append(attempt_row(delivery, Step(_STEPS[state], attempt.error), now))
        async with self._store.batch() as batch:
            rows += await note_message(batch, delivery, state, now)
            await batch.rungs.settle(
                delivery.delivery_id,
                state,
                due_at=due_at,
                error=attempt.error,
                now=now,
                provider_id=attempt.provider_id,
            )
            await batch.add_feed(rows)
            await batch.announce([delivery.operator_id])


_STEPS: dict[RungState, AlertEventType] = {
    "delivered": "delivered",
    "sent": "sent",
    "failed": "failed",
    "abandoned": "abandoned",
    "expired": "expired",
}


async def note_message(batch: Batch, delivery: Delivery, state: RungState, now: datetime) -> list[FeedRow]:
    """What a message's new state makes of its alert and of the messages after it: it has been heard of on some channel,
    or the next rung is due at once. Returns the alert's own steps; to be called before the state is written."""
    fresh = delivery.attempts == 1 or state == "delivered"
    lost = state in ("failed", "abandoned", "expired")
    if delivery.telling == "command" or not (fresh or lost):
        return []
    alert = (await batch.alerts([delivery.alert_id])).get(delivery.alert_id)
    if alert is None:
        return []
    if lost and alert.state != "closed":
        messages = (await batch.rungs.of([alert.alert_id]))[alert.alert_id]
        failed = next((one for one in messages if one.delivery_id == delivery.delivery_id), None)
        if failed is not None and failed.state in ("due", "sent", state):
            await batch.rungs.move(advance(messages, failed, now=now))
    fared: Fared = "delivered" if state == "delivered" else "attempted"
    change = on_message(alert, fared, delivery.audience, sent_at=delivery.created_at, now=now)
    if change is None:
        return []
    await batch.write_alerts([change.alert])
    for step in change.steps:
        metrics.alert_events.labels(step.type).inc()
    return feed(change.alert, change.steps, now)


def _outcome(delivery: Delivery, attempt: Attempt, now: datetime) -> tuple[RungState, datetime | None]:
    """The state after an attempt, and when to try again."""
    if attempt.result == "delivered":
        return "delivered", None
    if attempt.result == "sent":
        return "sent", None
    if attempt.result == "refused":
        return "failed", None
    again = _again(now, delivery, attempt.retry_after_s)
    if again is not None:
        return "due", again
    return ("abandoned" if delivery.ends_at < delivery.deadline else "expired"), None


def _again(now: datetime, delivery: Delivery, retry_after_s: float | None) -> datetime | None:
    """When to try again. What the receiver asks for is honoured as long as it leaves a try before the channel is given
    up."""
    planned = next_attempt(now, delivery.ends_at, attempts=delivery.attempts)
    if planned is None or retry_after_s is None:
        return planned
    asked = now + timedelta(seconds=retry_after_s)
    return max(planned, asked) if asked < delivery.ends_at else planned
