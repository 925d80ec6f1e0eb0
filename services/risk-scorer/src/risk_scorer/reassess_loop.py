"""The worker's second task: judges again what is due in its partitions, beside the batches, and publishes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial

from aiokafka import AIOKafkaProducer

from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import until_available
from risk_scorer.due import DueStore
from risk_scorer.fairness import DecisionCounts
from risk_scorer.judging import Judging
from risk_scorer.policy.standing import Policy
from risk_scorer.policy_feed import Change
from risk_scorer.publishing import Message, publish
from risk_scorer.reassess import MOST, Reassessor

#: How often a worker with nothing to do looks.
_EVERY_S = 0.25
_log = logs.get("reassess")


class ReassessLoop:
    """Follows what is due until cancelled. `partitions` says which are this worker's now."""

    def __init__(
        self,
        reassessor: Reassessor,
        judging: Judging,
        due: DueStore,
        producer: AIOKafkaProducer,
        clock: Clock,
        *,
        partitions: Callable[[], Collection[int]],
        policy: Callable[[], Policy],
        counts: DecisionCounts,
    ) -> None:
        self._reassessor = reassessor
        self._judging = judging
        self._due = due
        self._producer = producer
        self._clock = clock
        self._partitions = partitions
        self._policy = policy
        self._counts = counts
        self._entities: set[int] = set()
        self._settled: tuple[frozenset[int], str] = (frozenset(), "")

    def on_change(self, changes: Sequence[Change]) -> None:
        """What has changed of the policies. A ruleset and overrides are noticed by their edition."""
        for change in changes:
            self._entities.update(change.entities)

    async def on_outcome(self, operator_id: str, booking_id: str) -> None:
        """Something was reported of a booking."""
        key = (operator_id, booking_id)
        await until_available(
            lambda: self._due.ask(key, self._judging.booking(key), "outcome_reported", self._clock.now()),
            what="ask for a booking with an outcome",
        )

    async def run(self) -> None:
        """Judge and publish until cancelled."""
        while True:
            mine = frozenset(self._partitions())
            judged = await until_available(partial(self._round, mine), what="judge open bookings again") if mine else 0
            if judged < MOST:
                await asyncio.sleep(_EVERY_S)

    async def _round(self, mine: frozenset[int]) -> int:
        await self._ask_for_policies(mine)
        again = await self._reassessor.run(mine, self._clock.now())
        for one in again.changed:
            metrics.assessments.labels(one.result.decision, one.result.pattern).inc()
        self._counts.count((one.turn.operator_id, one.group, one.result.decision) for one in again.changed)
        await self._publish(mine)
        return again.judged

    async def _ask_for_policies(self, mine: frozenset[int]) -> None:
        edition = self._policy().edition
        if self._settled != (mine, edition):
            if unsettled := await self._due.unsettled(mine, edition):
                await self._due.settle(unsettled, edition, self._clock.now())
                _log.info("open_bookings_asked_for", partitions=len(unsettled), edition=edition)
            self._settled = (mine, edition)
        if self._entities:
            entities = list(self._entities)
            await self._due.ask_open(mine, self._clock.now(), entities=entities)
            self._entities.difference_update(entities)

    async def _publish(self, mine: frozenset[int]) -> None:
        """Publish what was kept, also by a worker that had these partitions before and went away."""
        while unpublished := await self._due.unpublished(mine, MOST):
            await publish(
                self._producer,
                [
                    Message(
                        one.operator_id,
                        one.booking_id,
                        one.assessment,
                        str(one.assessment_id),
                        one.assessed_at,
                        one.partition,
                    )
                    for one in unpublished
                ],
            )
            await self._due.published(unpublished)
