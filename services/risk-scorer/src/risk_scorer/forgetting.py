"""What is kept for a while only is forgotten when that is over, beside the batches: ADR 0080.

What was booked goes 48 hours after the booking has ended or was last heard of, what was decided after twelve months,
except of a booking that an office found to be a confirmed scam. Sightings go after 30 days: day by day, and then
their partition. Open bookings of which nothing more was heard are given up.

Any number of workers may sweep at once: a row that somebody else holds is passed over, and how far forgetting has come
(the table `forgetting`) moves on only past what is done. After a crash the next sweep takes it up from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from pickup_runtime.sweep import forget_each
from risk_scorer.changes import Key
from risk_scorer.outcomes.reported import found
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.partitions import KEPT_FOR as SIGHTINGS_KEPT_FOR
from risk_scorer.partitions import Partitions

CONTENT_KEPT_FOR = timedelta(hours=48)
DECISIONS_KEPT_FOR = timedelta(days=365)
#: How often a worker looks.
_EVERY_S = 600.0
#: Bookings a statement: with their steps some 5,000 rows, a fraction of a second.
_MOST = 1000
#: What was written in so long is looked for at once, and in longer after a time in which nothing was: a look costs the
#: same however short it is. At most so many bookings come of it.
_STRETCH = timedelta(minutes=10)
_AT_ONCE = 20_000
#: How often a long sweep says how far it is.
_TELL_EVERY_S = 60.0
#: Nothing orders marks by time, nor the sightings in a partition: they are looked through once in so long.
_LOOKED_THROUGH_EVERY = timedelta(days=1)
#: Pages of sightings a statement: 16 MB, some 180,000 sightings.
_PAGES = 2048
_KEPT = {
    "content": CONTENT_KEPT_FOR,
    "decisions": DECISIONS_KEPT_FOR,
    "marks": DECISIONS_KEPT_FOR,
    "sightings": SIGHTINGS_KEPT_FOR,
}
T = TypeVar("T")
_log = logs.get("forgetting")


class Forgetting:
    """Forgets what is due. Everything may be repeated."""

    def __init__(self, pool: Pool, outcomes: OutcomeStore, clock: Clock) -> None:
        self._pool = pool
        self._outcomes = outcomes
        self._clock = clock
        self._sql = queries("risk_scorer")
        self._partitions = Partitions(pool)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> None:
        """Forget whatever is due now. What can't be done is logged and left for the next time: warnings go on, and
        the metric tells how late it is."""
        now = self._clock.now()
        works: dict[str, Callable[[], Awaitable[object]]] = {
            "give up open bookings": lambda: self.give_up(now),
            "drop expired sightings": self._partitions.expire,
            "delete expired sightings": lambda: self._delete_sightings(now),
            "forget what was booked": lambda: self._empty(now),
            "forget what was decided": lambda: self._delete(now),
            "forget marks": lambda: self._delete_marks(now),
            "see how late it is": lambda: self._measure(now),
        }
        await forget_each(works, _log)

    async def give_up(self, now: datetime) -> None:
        """Give up open bookings of which nothing more was heard."""
        ended = 0
        silent_since = now - CONTENT_KEPT_FOR
        while piece := await _rested(self._pool.fetchval(self._sql["give_up"], now, silent_since, _MOST)):
            ended += piece
        await self._pool.execute(self._sql["drop_given_up"], now)
        await self._pool.execute(self._sql["drop_due_of_forgotten"])
        if ended:
            _log.info("open_bookings_given_up", bookings=ended)

    async def _empty(self, now: datetime) -> None:
        """Empty what was booked, and the events of it."""
        await self._in_order("content", now - CONTENT_KEPT_FOR, "read_to_empty", "empty_bookings")
        await self._pool.execute(self._sql["drop_due_of_forgotten"])

    async def _delete(self, now: datetime) -> None:
        """Delete what was decided, with all else of its booking. Those that were called a confirmed scam are looked at
        one by one: they go when that no longer stands."""
        until = now - DECISIONS_KEPT_FOR
        await self._in_order("decisions", until, "read_to_delete", "delete_bookings")
        rows = await self._pool.fetch(self._sql["read_old_findings"], until)
        gone: list[Key] = []
        for keys in _pieces([(row[0], row[1]) for row in rows]):
            outcomes = await self._outcomes.outcomes_of(keys)
            gone += [key for key in keys if found(outcomes.get(key, ()), now).finding != "confirmed_scam"]
        for keys in _pieces(gone):
            for query in ("delete_bookings", "delete_outcomes"):
                await _rested(self._pool.fetch(self._sql[query], *_columns(keys), until))
            # One that somebody holds, or that was reported of just now, is met again with all that it has.
            left = {(row[0], row[1]) for row in await self._pool.fetch(self._sql["read_left"], *_columns(keys))}
            await _rested(self._outcomes.forget_marks([key for key in keys if key not in left]))

    async def _delete_marks(self, now: datetime) -> None:
        until = now - DECISIONS_KEPT_FOR
        if until - (await self._reached())["marks"] < _LOOKED_THROUGH_EVERY:
            return
        while await _rested(self._pool.execute(self._sql["delete_marks"], until, 5 * _MOST)) != "DELETE 0":
            pass
        await self._pool.execute(self._sql["write_reached"], "marks", until)

    async def _delete_sightings(self, now: datetime) -> None:
        """Delete what has expired in the partition that can't be dropped yet, some pages at a time. Who looks, looks at
        what is newer, and is not kept waiting. A clock that is ahead of the database's deletes nothing early."""
        until = await self._pool.fetchval(self._sql["sightings_expired"], now - SIGHTINGS_KEPT_FOR, SIGHTINGS_KEPT_FOR)
        if until - (await self._reached())["sightings"] < _LOOKED_THROUGH_EVERY:
            return
        partition, pages = await self._pool.fetchrow(self._sql["read_sightings_partition"], until)
        gone = 0
        for page in range(0, pages or 0, _PAGES):
            statement = self._sql["delete_sightings"].format(partition=partition, page=page, next_page=page + _PAGES)
            gone += int((await _rested(self._pool.execute(statement, until))).rpartition(" ")[2])
        await self._pool.execute(self._sql["write_reached"], "sightings", until)
        if gone:
            _log.info("forgotten", what="sightings", sightings=gone)

    async def _in_order(self, what: str, until: datetime, look: str, forget: str) -> None:
        """Forget, in the order in which bookings were last written, what was written up to `until`."""
        reached = (await self._reached())[what]
        stretch = _STRETCH
        loop = asyncio.get_running_loop()
        untold, told_at = 0, loop.time()
        while reached < until:
            to = min(until, reached + stretch)
            done = 0
            while rows := await self._pool.fetch(self._sql[look], reached, to, _AT_ONCE):
                if len(rows) == _AT_ONCE and stretch > _STRETCH:
                    break
                piece = 0
                for keys in _pieces([(row[0], row[1]) for row in rows]):
                    piece += len(await _rested(self._pool.fetch(self._sql[forget], *_columns(keys), to)))
                done += piece
                if not piece:
                    # Whoever holds these is forgetting them, or has news of them: there is a next time.
                    return
            if rows:
                # More than is wanted at once, after a time without any.
                stretch = _STRETCH
                continue
            await self._pool.execute(self._sql["write_reached"], what, to)
            reached, stretch = to, _STRETCH if done else 2 * stretch
            untold += done
            if untold and (reached == until or loop.time() > told_at + _TELL_EVERY_S):
                _log.info("forgotten", what=what, bookings=untold, reached=reached.isoformat())
                untold, told_at = 0, loop.time()

    async def _reached(self) -> dict[str, datetime]:
        return {row[0]: row[1] for row in await self._pool.fetch(self._sql["read_reached"])}

    async def _measure(self, now: datetime) -> None:
        for what, reached in (await self._reached()).items():
            metrics.forgetting_behind.labels(what).set(max(0.0, (now - _KEPT[what] - reached).total_seconds()))


async def _rested(statement: Awaitable[T]) -> T:
    """What a statement comes to. For as long as it took nothing is done after it, so that a backlog leaves half of the
    time to the batches."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await statement
    await asyncio.sleep(loop.time() - began)
    return answer


def _pieces(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for begin in range(0, len(keys), _MOST):
        yield keys[begin : begin + _MOST]


def _columns(keys: Sequence[Key]) -> tuple[list[str], list[str]]:
    return [key[0] for key in keys], [key[1] for key in keys]
