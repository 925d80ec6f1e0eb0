"""Records to events and back to messages: one batch of a topic through the assessor, poison set aside.

Used by the faust worker and by a plain consumer loop alike, so that the two can be measured against each other.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from pickup_contracts.errors import ContractError
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs, metrics
from pickup_runtime.dead_letter import DeadLetter, bury
from pickup_runtime.halving import halved
from pickup_runtime.kafka import Record
from pickup_runtime.postgres import UNAVAILABLE, until_available
from risk_scorer.assess import Answer, Assessor
from risk_scorer.fairness import DecisionCounts
from risk_scorer.incoming import Incoming, decode
from risk_scorer.outage import Outage
from risk_scorer.publishing import Message, publish

SERVICE = "risk-scorer"
_log = logs.get("batch")


class Outcome(Struct, frozen=True):
    """How a batch went: assessments published, events that changed nothing, and dead letters."""

    assessed: int
    unchanged: int
    buried: int


class BatchProcessor:
    """Takes a batch through decode → assess → publish, and counts the decisions. Returns when the broker has every
    answer. `outage` is told when a batch finds the database away, and when one has been kept."""

    def __init__(
        self,
        assessor: Assessor,
        producer: AIOKafkaProducer,
        counts: DecisionCounts | None = None,
        outage: Outage | None = None,
    ) -> None:
        self._assessor = assessor
        self._producer = producer
        self._counts = counts if counts is not None else DecisionCounts()
        self._outage = outage if outage is not None else Outage()

    async def process(self, records: Sequence[Record]) -> Outcome:
        """Process a batch; safe to repeat.

        Raises:
            whatever is not the fault of an event; nothing may be acknowledged then.
        """
        started = time.perf_counter()
        letters: list[DeadLetter] = []
        batch: list[tuple[Record, Incoming]] = []
        for record in records:
            try:
                batch.append((record, decode(record)))
            except ContractError as error:
                letters.append(DeadLetter(record, type(error).__name__, str(error)))
            except Exception as error:
                # No message may end whoever reads it: it would be read again, and end it again.
                letters.append(_poison(record, error))
        answers = await self._assess(batch, letters)
        published = await self._publish(answers)
        if letters:
            await bury(self._producer, BOOKING_EVENTS, letters, service=SERVICE)
        metrics.batch_seconds.observe(time.perf_counter() - started)
        metrics.batch_events.observe(len(records))
        return Outcome(published, len(answers) - published, len(letters))

    async def _assess(self, batch: list[tuple[Record, Incoming]], letters: list[DeadLetter]) -> list[Answer]:
        """Assess; an event that breaks the assessor is set aside."""

        async def take(part: Sequence[tuple[Record, Incoming]]) -> list[Answer]:
            events = [incoming for _, incoming in part]
            answers = await until_available(lambda: self._try(events), what="assess batch")
            self._outage.answered([record for record, _ in part])
            return answers

        async def alone(one: tuple[Record, Incoming], error: Exception) -> list[Answer]:
            letters.append(_poison(one[0], error))
            return []

        return [answer for part in await halved(batch, take, alone) for answer in part]

    async def _try(self, events: Sequence[Incoming]) -> list[Answer]:
        try:
            return await self._assessor.assess(events)
        except UNAVAILABLE:
            self._outage.waits()
            raise

    async def _publish(self, answers: Sequence[Answer]) -> int:
        """Publish what was assessed; returns when the broker has all of it."""
        now = time.time()
        messages: list[Message] = []
        came_to: Counter[tuple[str, str]] = Counter()
        shadowed: Counter[tuple[str, str]] = Counter()
        for answer in answers:
            if answer.assessment is None:
                continue
            incoming = answer.incoming
            messages.append(
                Message(
                    incoming.operator_id,
                    incoming.booking_id,
                    answer.assessment,
                    incoming.event.event_id,
                    incoming.received_at,
                    incoming.partition,
                )
            )
            if answer.result is not None:
                came_to[answer.result.decision, answer.result.pattern] += 1
                if answer.card is not None:
                    shadowed[answer.result.decision, answer.card.decision] += 1
                metrics.decision_seconds.observe(max(0.0, now - incoming.received_at.timestamp()))
        for labels, count in came_to.items():
            metrics.assessments.labels(*labels).inc(count)
        for labels, count in shadowed.items():
            metrics.scorecard.labels(*labels).inc(count)
        await publish(self._producer, messages)
        self._counts.count(
            (answer.incoming.operator_id, answer.group, answer.result.decision)
            for answer in answers
            if answer.result is not None and answer.group is not None
        )
        return len(messages)


def _poison(record: Record, error: Exception) -> DeadLetter:
    _log.error("poison_event", partition=record.partition, offset=record.offset, exc_info=error)
    return DeadLetter(record, type(error).__name__, "the scorer could not assess this event")
