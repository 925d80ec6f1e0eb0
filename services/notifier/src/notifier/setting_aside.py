"""What a loop could not do of a row: set aside with its reason, so that the rest goes on; most of it is tried again now
and then.

A database that is away, or a broker, is no row's fault: that error goes up, as if nothing stood in between.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct

from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.halving import halved
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

#: What was to be done: an alert past its deadline escalated, a command that nobody confirmed, a message given up whose
#: receipt never came, an attempt noted on its alert, a driver asked how it ended, a step or an outcome sent to its
#: topic, what is new of a booking taken in.
Work = Literal["expiry", "command", "receipt", "message", "question", "step", "outcome", "booking"]
#: What nothing tries again: a person has to look. Of a message only how it went is lost, and sending it once more to
#: note that would be worse; what is new of a booking lies with the dead letters.
NOT_AGAIN: frozenset[Work] = frozenset({"message", "booking"})

_SQL = queries("notifier")
_OURS = ("notifier", "pickup_runtime", "pickup_contracts")
_log = logs.get("setting_aside")


class Item(Struct, frozen=True):
    """A row to work on: an alert, a delivery or a message by its id. `again` when it was set aside before."""

    row_id: UUID
    operator_id: str
    booking_id: str
    again: bool = False


class SetAside(Struct, frozen=True):
    """A row that could not be worked on `tries` times. `reason` names an error and where it was raised, no value.
    `alerted`: its booking has an alert."""

    work: Work
    row_id: UUID
    operator_id: str
    booking_id: str
    reason: str
    tries: int
    since: datetime
    again_at: datetime
    alerted: bool

    @property
    def again(self) -> bool:
        """Whether it is tried again; `again_at` says nothing where it is not."""
        return self.work not in NOT_AGAIN


class Aside:
    """What is set aside, and working around it."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def each(self, work: Work, items: Sequence[Item], take: Callable[[Sequence[Item]], Awaitable[int]]) -> int:
        """Take items together, in one transaction of `take`'s; returns its count. One that breaks it is set aside.

        Raises:
            what is not the fault of an item.
        """

        async def taken(some: Sequence[Item]) -> int:
            done = await take(some)
            if again := [one.row_id for one in some if one.again]:
                await self._pool.execute(_SQL["take_up"], work, again)
            return done

        async def alone(one: Item, error: Exception) -> int:
            await put(self._pool, work, one, error, self._clock.now())
            return 0

        return sum(await halved(items, taken, alone))

    async def of(self, operator_id: str, limit: int = 50) -> list[SetAside]:
        """What is set aside of one operator's, oldest first."""
        return [SetAside(*row) for row in await self._pool.fetch(_SQL["list_set_aside"], operator_id, limit)]

    async def tend(self) -> None:
        """Forget what need not be done any more, and count what waits."""
        await self._pool.execute(_SQL["forget_set_aside"], self._clock.now(), sorted(NOT_AGAIN))
        counted = {row[0]: row[1] for row in await self._pool.fetch(_SQL["count_set_aside"])}
        for work in get_args(Work):
            metrics.set_aside_waiting.labels(work).set(counted.get(work, 0))


async def put(over: Pool | Connection, work: Work, item: Item, error: BaseException, now: datetime) -> None:
    """Set one row aside."""
    reason = where(error)
    named = (work, item.row_id, item.operator_id, item.booking_id)
    await over.execute(_SQL["set_aside"], *named, reason, now, work in NOT_AGAIN)
    metrics.set_aside.labels(work).inc()
    _log.error("set_aside", work=work, row_id=str(item.row_id), reason=reason)


def where(error: BaseException) -> str:
    """An error's kind and the line of ours that it came through last. What it says may quote a value, so that is left
    out."""
    lines = [
        f"{frame.f_globals.get('__name__')}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] in _OURS
    ]
    return f"{type(error).__name__} at {lines[-1]}" if lines else type(error).__name__
