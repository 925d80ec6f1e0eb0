"""A notifier without its page: what comes in from topics, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import ConsumerRecord

from notifier.consumer import Consumer
from notifier.store import Store
from pickup_contracts.assessment import Assessment, Decision, Premises, Reason, RulesetRef, assessment_id
from pickup_contracts.codec import encode
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import Pool
from tests.integration.events import raw, scam

_offset = iter(range(10**9))


class Desk:
    """A notifier without its page."""

    def __init__(
        self, operator_id: str, pool: Pool, store: Store, consumer: Consumer, operators: OperatorDirectory
    ) -> None:
        self.operator_id = operator_id
        self.pool = pool
        self.store = store
        self.consumer = consumer
        self.operators = operators

    def record(self, topic: str, value: bytes, booking_id: str = "b") -> Record:
        return ConsumerRecord(
            topic, 0, next(_offset), 0, 0, f"{self.operator_id}/{booking_id}".encode(), value, None, 0, 0, ()
        )

    def assessment(
        self, decision: Decision, version: int = 1, *, eta_s: float | None = 600, booking_id: str = "b"
    ) -> Record:
        made = self.judged(decision, version, eta_s=eta_s, booking_id=booking_id)
        return self.record(ASSESSMENTS.name, encode(made), booking_id)

    def judged(
        self, decision: Decision, version: int = 1, *, eta_s: float | None = 600, booking_id: str = "b"
    ) -> Assessment:
        now = datetime.now(UTC)
        return Assessment(
            assessment_id=assessment_id(self.operator_id, booking_id, version, "r"),
            operator_id=self.operator_id,
            booking_id=booking_id,
            booking_version=version,
            cause="booking_changed",
            decision=decision,
            score=70,
            pattern="parcel_from_home",
            reasons=[Reason("one", "A reason to read", 70, ["notes.driver"])],
            premises=Premises(),
            act_before=now + timedelta(seconds=eta_s) if eta_s is not None else None,
            too_late=False,
            ruleset=RulesetRef("r", "1"),
            assessed_at=now,
        )

    def event(self, second: int, booking_id: str = "b", **fields: Any) -> Record:
        body = {**scam(booking_id, f"e{second}"), **fields, "operator_id": self.operator_id, "revision": second}
        return self.record(BOOKING_EVENTS.name, raw(body), booking_id)

    async def alert(self) -> Any:
        return await self.pool.fetchrow("select * from alerts where operator_id = $1", self.operator_id)
