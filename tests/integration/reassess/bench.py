"""One worker's parts over a database of the test's own, and bookings that may be linked."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from pickup_contracts.assessment import Assessment, Decision
from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from pickup_runtime.clock import SystemClock
from pickup_runtime.postgres import Pool
from risk_scorer.assess import Assessor
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys
from risk_scorer.fairness import DecisionCounts
from risk_scorer.forgetting import Forgetting
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.outcomes.reported import reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy.standing import Policy
from risk_scorer.reassess import Reassessor
from risk_scorer.reassess_loop import ReassessLoop
from risk_scorer.store import Store
from tests.integration.events import Json, raw, scam
from tests.shipped import PROGRAM

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
#: No wall clock: the tests' bookings follow each other by the minute.
BEGINS = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Bench:
    """One worker's parts over a database of the test's own. Bookings come from partition 3."""

    def __init__(self, pool: Pool, producer: AIOKafkaProducer) -> None:
        self.pool = pool
        self.policy = Policy(PROGRAM)
        self.outcomes = OutcomeStore(pool, KEYS)
        self.judging = Judging(
            Store(pool),
            PROGRAM,
            KEYS,
            opted_in=lambda _: False,
            outcomes=self.outcomes,
            policy=lambda: self.policy,
        )
        self.assessor = Assessor(self.judging)
        self.due = DueStore(pool)
        self.forgetting = Forgetting(pool, self.outcomes, SystemClock())
        self.reassessor = Reassessor(self.judging, self.due)
        self.producer = producer
        self.loop = self.worker({3})
        self._seq = 0

    def worker(self, partitions: set[int]) -> ReassessLoop:
        return ReassessLoop(
            self.reassessor,
            self.judging,
            self.due,
            self.producer,
            SystemClock(),
            partitions=lambda: partitions,
            policy=lambda: self.policy,
            counts=DecisionCounts(),
        )

    async def book(self, operator_id: str, event: Json, minute: int) -> Assessment | None:
        (answer,) = await self.assessor.assess([self.incoming(operator_id, event, minute)])
        return answer.result

    def incoming(self, operator_id: str, event: Json, minute: int) -> Incoming:
        """An event as it comes in, so many minutes after they begin."""
        at = BEGINS + timedelta(minutes=minute)
        body = raw({**event, "operator_id": operator_id, "occurred_at": at.isoformat()})
        self._seq += 1
        return Incoming(operator_id, event["booking_id"], decode_booking(body), body, self._seq, at, 3)

    async def again(self) -> list[Assessment]:
        """Rounds until nothing is due. That many bookings could go on telling each other is what must not be."""
        changed: list[Assessment] = []
        for _ in range(20):
            once = await self.reassessor.run()
            changed += [one.result for one in once.changed]
            if not once.judged:
                return changed
        raise AssertionError("still not at an end")

    async def found(self, operator_id: str, booking_id: str, finding: Any, minute: int, by: Any = "dispatcher") -> None:
        at = BEGINS + timedelta(minutes=minute)
        whole = Outcome(operator_id=operator_id, booking_id=booking_id, at=at, reported_by=by, finding=finding)
        await self.outcomes.add([reported(whole, at)])
        key = (operator_id, booking_id)
        await self.due.ask(key, self.judging.booking(key), "outcome_reported", at)

    async def asked(self) -> set[str]:
        """Bookings that are to be judged again."""
        return {row[0] for row in await self.pool.fetch("select booking_id from reassessments_due")}

    async def decisions(self) -> dict[str, Decision]:
        """What each booking was judged to be last."""
        rows = await self.pool.fetch(
            "select assessment from (select assessment, version from steps where assessment is not null"
            " union all select assessment, version from reassessments) as made order by version"
        )
        told = [msgspec.json.decode(row[0], type=Assessment) for row in rows]
        return {one.booking_id: one.decision for one in told}

    async def count(self, table: str) -> int:
        found: int = await self.pool.fetchval(f"select count(*) from {table}")
        return found


def parcel(booking_id: str, *, home: str = "14 Meadow Close", phone: str = "+447700900101", **more: Any) -> Json:
    """A sealed parcel of no known content from a home to a car park: a warning for itself, worse when linked."""
    event = scam(booking_id, **more)
    event["pickup"]["address"]["line1"] = home
    event["booker"]["phone"] = phone
    event["items"] = [{"description": "sealed parcel"}]
    return event


def status(booking_id: str, event_id: str, word: str) -> Json:
    return {"event_id": event_id, "booking_id": booking_id, "status": word}
