"""Every channel for itself: its own number of attempts at once, its own time-out, a circuit breaker for each door.

A lane is what fails together: one operator's system, one push service, or the whole of an SMS provider. A lane that
hangs holds no more than its share of the channel, and a channel no more than its share of the notifier.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from notifier.channels import breaker
from notifier.channels.breaker import CLOSED, Breaker, Policy
from notifier.channels.channel import Attempt, Channel, Room
from notifier.channels.unexpected import unexpected
from notifier.rung_rows import Delivery
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock

#: Lanes that nobody uses are looked through when there are more than this.
_MANY = 1_000
_log = logs.get("channels")


class Lanes(Struct, frozen=True):
    """`of` says what a delivery fails together with. `known_by` says whether that can be told without the message: the
    `whole` channel is one lane, or each `operator` has one (under its own name); or only the `message` tells."""

    of: Callable[[Delivery], str]
    known_by: Literal["whole", "operator", "message"]


WHOLE = Lanes(lambda _: "", "whole")
BY_OPERATOR = Lanes(lambda delivery: delivery.operator_id, "operator")


class Limits(Struct, frozen=True):
    """`at_once` attempts on the channel, `per_lane` of them in one lane and as many again waiting. An attempt waits
    for at most `wait_s` and then takes at most `timeout_s`: together less than a delivery's lease (30 s)."""

    at_once: int = 64
    per_lane: int = 16
    wait_s: float = 5.0
    timeout_s: float = 10.0
    breaker: Policy = Policy()


DEFAULT = Limits()


class _Lane:
    def __init__(self, limits: Limits) -> None:
        self.slots = asyncio.Semaphore(limits.per_lane)
        self.present = 0
        self.breaker: Breaker = CLOSED

    @property
    def idle(self) -> bool:
        return self.present == 0 and self.breaker.failures == 0

    def room(self, limits: Limits) -> int:
        """How many more may come. A lane that answers is worth waiting for; in one that has just failed, who waits
        would keep the others from their turn."""
        return limits.per_lane * (1 if self.breaker.failures else 2) - self.present

    def takes(self, limits: Limits, now: datetime) -> int:
        """How many would be let through now: none while its breaker is open, then one that probes."""
        admitted = breaker.admit(self.breaker, now)
        if isinstance(admitted, timedelta):
            return 0
        return 1 if admitted.probing else max(0, self.room(limits))


class Isolated:
    """A channel behind its limits, in lanes that fail each for itself; one lane by default."""

    def __init__(self, channel: Channel, clock: Clock, limits: Limits = DEFAULT, lanes: Lanes = WHOLE) -> None:
        self.name = channel.name
        self._channel = channel
        self._clock = clock
        self._limits = limits
        self._kind = lanes
        self._slots = asyncio.Semaphore(limits.at_once)
        self._lanes: dict[str, _Lane] = {}
        metrics.channel_open.labels(self.name).set(0)

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Try once; answers `held_back` at once where the lane is full or its breaker open."""
        key = self._kind.of(delivery)
        lane = self._lanes.setdefault(key, _Lane(self._limits))
        if lane.room(self._limits) <= 0:
            return self._held_back("busy")
        lane.present += 1
        try:
            return await self._in_turn(lane, delivery)
        except TimeoutError:
            return self._held_back("busy")
        finally:
            lane.present -= 1
            self._forget(key, lane)

    def room(self) -> Room:
        """What it would not hold back now, as far as that can be told before the messages are seen."""
        now, limits = self._clock.now(), self._limits
        if self._kind.known_by == "whole":
            lane = self._lanes.get("")
            return Room(limits.at_once if lane is None else lane.takes(limits, now))
        if self._kind.known_by == "operator":
            shut = frozenset(key for key, lane in self._lanes.items() if not lane.takes(limits, now))
            return Room(limits.at_once, shut)
        return Room(limits.at_once)

    async def _in_turn(self, lane: _Lane, delivery: Delivery) -> Attempt:
        async with asyncio.timeout(self._limits.wait_s) as waiting, lane.slots, self._slots:
            waiting.reschedule(None)
            admitted = breaker.admit(lane.breaker, self._clock.now())
            if isinstance(admitted, timedelta):
                return self._held_back("open", admitted.total_seconds())
            lane.breaker = admitted
            return await self._guarded(lane, delivery)

    async def _guarded(self, lane: _Lane, delivery: Delivery) -> Attempt:
        started = time.monotonic()
        with metrics.channel_in_flight.labels(self.name).track_inprogress():
            try:
                attempt = await self._bounded(delivery)
            except asyncio.CancelledError:
                lane.breaker = breaker.given_up(lane.breaker)
                raise
        metrics.channel_seconds.labels(self.name).observe(time.monotonic() - started)
        self._note(lane, attempt)
        return attempt

    async def _bounded(self, delivery: Delivery) -> Attempt:
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                return await self._channel.attempt(delivery)
        except TimeoutError:
            return Attempt("try_again", "timed out")
        except Exception as error:
            # A channel never raises; one that does all the same must not take the delivery loop with it.
            return unexpected(self.name, error)

    def _note(self, lane: _Lane, attempt: Attempt) -> None:
        was_open = lane.breaker.until is not None
        if attempt.result == "try_again" and not attempt.answered:
            lane.breaker = breaker.failed(lane.breaker, self._limits.breaker, self._clock.now())
        else:
            lane.breaker = breaker.succeeded(lane.breaker)
        is_open = lane.breaker.until is not None
        if is_open != was_open:
            metrics.channel_open.labels(self.name).inc(1 if is_open else -1)
            _log.warning("channel_opened" if is_open else "channel_closed", channel=self.name, error=attempt.error)

    def _held_back(self, reason: str, wait_s: float | None = None) -> Attempt:
        metrics.channel_held_back.labels(self.name, reason).inc()
        said = "circuit open after failures in a row" if reason == "open" else "too many attempts under way"
        return Attempt("held_back", said, wait_s)

    def _forget(self, key: str, lane: _Lane) -> None:
        if lane.idle:
            self._lanes.pop(key, None)
        elif len(self._lanes) > _MANY:
            # Doors that have failed and were never tried again: another operator's address, a push service that went.
            now = self._clock.now()
            for other, seen in list(self._lanes.items()):
                if seen.present == 0 and (seen.breaker.until is None or seen.breaker.until < now):
                    del self._lanes[other]
                    if seen.breaker.until is not None:
                        metrics.channel_open.labels(self.name).dec()
