"""While the database is away: bookings judged by what they say themselves, so that somebody is warned all the same.

The batches that wait go on waiting and nothing is acknowledged for them: when the database is back, every booking is
judged as always, and that assessment takes the place of this one. A reader of its own follows the topic in the
meantime, from where this worker's batches stand (ADR 0076).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from pickup_contracts.booking import ENDED
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs, metrics
from pickup_runtime.broker import Address
from pickup_runtime.kafka import Record, start_reader, stop
from risk_scorer.changes import Key
from risk_scorer.facts import Facts
from risk_scorer.incoming import Incoming, decode
from risk_scorer.judging import Judging, Turn
from risk_scorer.known import known
from risk_scorer.merge import Arrived, fold_all
from risk_scorer.publishing import Message, publish

#: A database that is started anew is back sooner.
AFTER_S = 3.0
_LOOKS_EVERY_S = 0.5
#: Batches of which it is known that they were answered: what was read since the last commit, and more.
_ANSWERED = 64
#: Bookings of which events are remembered while it lasts.
_REMEMBERED = 50_000
_log = logs.get("outage")


class Outage:
    """Whether batches wait for the database, and which events were answered before they had to."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._answered: deque[frozenset[tuple[int, int]]] = deque(maxlen=_ANSWERED)

    def waits(self) -> None:
        """A batch has found the database away."""
        if self._since is None:
            self._since = time.monotonic()

    def answered(self, records: Sequence[Record]) -> None:
        """A batch has been judged and kept."""
        self._since = None
        self._answered.append(frozenset((record.partition, record.offset) for record in records))

    def was_answered(self, record: Record) -> bool:
        """Whether a batch had this record that was judged and kept."""
        place = (record.partition, record.offset)
        return any(place in batch for batch in self._answered)

    @property
    def lasts(self) -> bool:
        """Whether batches have waited for longer than a start of the database takes."""
        return self._since is not None and time.monotonic() - self._since > AFTER_S


class Stopgap:
    """Judges what comes in while an `outage` lasts. `group` is that of the worker's commits, `partitions` says which
    are this worker's now."""

    def __init__(
        self,
        outage: Outage,
        judging: Judging,
        producer: AIOKafkaProducer,
        *,
        kafka: Address,
        group: str,
        partitions: Callable[[], Collection[int]],
    ) -> None:
        self._outage = outage
        self._judging = judging
        self._producer = producer
        self._kafka = kafka
        self._group = group
        self._partitions = partitions

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._outage.lasts and (mine := frozenset(self._partitions())):
                _log.warning("judging_without_history", partitions=len(mine))
                judged = await self.until_back(mine)
                _log.info("history_is_back", judged=judged)
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def until_back(self, mine: frozenset[int]) -> int:
        """Judge until the outage is over or the partitions are others; returns how many states of bookings."""
        booked: OrderedDict[Key, list[Arrived]] = OrderedDict()
        judged = 0
        places = [TopicPartition(BOOKING_EVENTS.name, partition) for partition in sorted(mine)]
        reader = await start_reader(self._kafka, places, group=self._group)
        try:
            while True:
                records = await _next(reader)
                # Asked after the wait for them: what comes once the database is back is for the batches alone.
                if not self._outage.lasts or frozenset(self._partitions()) != mine:
                    break
                judged += await self._judge(records, booked)
        finally:
            await stop(reader)
        return judged

    async def _judge(self, records: Sequence[Record], booked: OrderedDict[Key, list[Arrived]]) -> int:
        messages: list[Message] = []
        for record in records:
            try:
                message = self._answer(record, booked)
            except Exception as error:
                # Its batch sends it to the dead letters, and says more.
                _log.warning("not_judged", partition=record.partition, offset=record.offset, error=type(error).__name__)
                continue
            if message is not None:
                messages.append(message)
        await publish(self._producer, messages)
        metrics.assessed_without_history.inc(len(messages))
        return len(messages)

    def _answer(self, record: Record, booked: OrderedDict[Key, list[Arrived]]) -> Message | None:
        """What an event makes of its booking; `None` where that was answered before, or is nothing.

        Raises:
            ContractError, or whatever else an event brings about.
        """
        incoming = decode(record)
        key = (incoming.operator_id, incoming.booking_id)
        booked.setdefault(key, []).append(Arrived(incoming.event, incoming.seq))
        booked.move_to_end(key)
        if len(booked) > _REMEMBERED:
            booked.popitem(last=False)
        if self._outage.was_answered(record) or (turn := self._turn(incoming, booked[key])) is None:
            return None
        return Message(
            incoming.operator_id,
            incoming.booking_id,
            self._judging.by_itself(turn, f"{record.partition}/{record.offset}"),
            incoming.event.event_id,
            incoming.received_at,
            incoming.partition,
        )

    def _turn(self, incoming: Incoming, events: Sequence[Arrived]) -> Turn | None:
        """The booking as far as its events since then make it; `None` where they don't say what it is."""
        state = fold_all(events)
        if state is None or known(state.booking.pickup) is None or state.booking.status in ENDED:
            return None
        key = (incoming.operator_id, incoming.booking_id)
        return Turn(
            *key,
            Facts(state, max(state.booking.occurred_at, incoming.received_at)),
            # Older than whatever the scorer has kept, or will.
            version=0,
            booking=self._judging.booking(key),
            at=incoming.event.occurred_at,
            received_at=incoming.received_at,
        )


async def _next(reader: AIOKafkaConsumer) -> list[Record]:
    fetched = await reader.getmany(timeout_ms=500, max_records=500)
    return [record for records in fetched.values() for record in records]
