"""Claim what is due, attempt it, record how it went: nearest deadline first, spaced by the time that is left."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec

from notifier.channels.channel import Attempt, Channel, Limited
from notifier.live import Bell
from notifier.recording import Recorder
from notifier.rung_rows import Delivery, Doors
from notifier.store import Store
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE

#: Longer than any attempt can take; after it, another worker may try.
LEASE_S = 30.0
#: How long to wait before looking again without having been rung for.
_LONGEST_PAUSE_S = 1.0
#: How often messages for a door that is shut are looked at, for those whose time is over.
_LOOK_AT_SHUT_S = 1.0
#: The slots of channels that this deployment does not have.
_OTHERS = "*"
_log = logs.get("delivery")


class DeliveryLoop:
    """Works through what is due. Each channel has slots of its own: one that hangs keeps no other waiting. What a
    channel would hold back, since its door is known to be shut, is not even claimed: to claim and to record hundreds of
    messages that nobody attempts would slow down those that arrive."""

    def __init__(
        self, store: Store, channels: dict[str, Channel], clock: Clock, bell: Bell, *, at_once: int = 64
    ) -> None:
        self._store = store
        self._recorder = Recorder(store, clock)
        self._channels = channels
        self._clock = clock
        self._bell = bell
        self._at_once = at_once
        self._free = dict.fromkeys((*channels, _OTHERS), at_once)
        self._freed = asyncio.Event()
        self._look_at_shut = clock.now()
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
        now = self._clock.now()
        doors = self._doors()
        if doors.shut and now >= self._look_at_shut:
            # Theirs is the next rung once their time is over, whether or not the door has opened.
            self._look_at_shut = now + timedelta(seconds=_LOOK_AT_SHUT_S)
            doors = msgspec.structs.replace(doors, past=self._at_once)
        due = await self._store.claim_deliveries(now, lease_s=LEASE_S, doors=doors)
        for delivery in due:
            lane = delivery.channel if delivery.channel in self._channels else _OTHERS
            self._free[lane] -= 1
            task = asyncio.create_task(self._attempt(delivery), name=lane)
            self._attempts.add(task)
            task.add_done_callback(self._done)
        return len(due)

    def _doors(self) -> Doors:
        free, shut = dict(self._free), list[tuple[str, str]]()
        for name, channel in self._channels.items():
            if isinstance(channel, Limited):
                room = channel.room()
                free[name] = min(free[name], room.free)
                shut += [(name, "*")] if room.free <= 0 else [(name, operator_id) for operator_id in room.shut]
        return Doors(free, shut)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        self._free[task.get_name()] += 1
        self._freed.set()
        # What had to wait for a slot of this channel is due already.
        self._bell.ring()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("attempt_lost", error=type(error).__name__, exc_info=error)

    async def _pause(self) -> float:
        doors = self._doors()
        busy = [(name, "*") for name, free in doors.free.items() if free <= 0]
        moment = await self._store.next_due(
            self._clock.now() + timedelta(seconds=_LONGEST_PAUSE_S), [*doors.shut, *busy]
        )
        if moment is None:
            return _LONGEST_PAUSE_S
        return min(max((moment - self._clock.now()).total_seconds(), 0.02), _LONGEST_PAUSE_S)

    async def _attempt(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.channel)
        now = self._clock.now()
        if channel is None:
            attempt = Attempt("refused", f"no such channel: {delivery.channel}")
        else:
            attempt = await channel.attempt(delivery)
        if attempt.result != "held_back":
            metrics.attempts.labels(delivery.channel, attempt.result).inc()
            if delivery.attempts == 1 and delivery.opens == 0:
                metrics.first_attempt_seconds.observe((now - delivery.created_at).total_seconds())
        await self._recorder.record(delivery, attempt)
