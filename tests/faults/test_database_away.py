"""While the database is away the rules that need nothing but the booking still run, and the answer says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from pickup_contracts.booking import booking_key
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.kafka import start_producer
from pickupctl.stack.local import LocalStack
from tests.integration.events import Json, raw, ride, scam
from tests.stack import OPERATOR, running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    with running(tmp_path / "stack", services=["risk-scorer"]) as made:
        yield made


class Line:
    """Bookings to the scorer, and what it answers."""

    def __init__(self, bootstrap: str, consumer: AIOKafkaConsumer) -> None:
        self.answers: list[dict[str, Any]] = []
        self._bootstrap = bootstrap
        self._consumer = consumer

    async def book(self, *events: Json) -> None:
        producer = await start_producer(self._bootstrap)
        try:
            for event in events:
                now = datetime.now(UTC).isoformat()
                body = raw({**event, "operator_id": OPERATOR, "occurred_at": now})
                key = booking_key(OPERATOR, event["booking_id"])
                await producer.send_and_wait(BOOKING_EVENTS.name, body, key=key)
        finally:
            await producer.stop()

    async def answer(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first answer that fits, also of those that have come already."""
        return (await self.several(1, fits))[0]

    async def several(self, count: int, fits: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """The first answers that fit. Those of different bookings come in any order."""
        async with asyncio.timeout(60):
            while len(found := [one for one in self.answers if fits(one)]) < count:
                self.answers.append(json.loads((await self._consumer.getone()).value))
        return found


@asynccontextmanager
async def line(stack: LocalStack) -> AsyncIterator[Line]:
    bootstrap = stack.env["PICKUP_KAFKA_BOOTSTRAP"]
    consumer = AIOKafkaConsumer(ASSESSMENTS.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        yield Line(bootstrap, consumer)
    finally:
        await consumer.stop()


def _of(booking_id: str, version: int) -> Callable[[dict[str, Any]], bool]:
    return lambda one: (one["booking_id"], one["booking_version"]) == (booking_id, version)


async def test_a_scam_is_told_while_the_database_is_away_and_judged_again_when_it_is_back(stack: LocalStack) -> None:
    async with line(stack) as bookings:
        await bookings.book(ride("before"))
        await bookings.answer(_of("before", 1))
        await asyncio.to_thread(stack.postgres.stop)
        # Of a booking that was there before, a word on its progress alone says nothing; of a new one its first event
        # says what it is, and the next ones what has become of it.
        accepted = {"event_id": "before-2", "booking_id": "before", "status": "accepted"}
        moved = {"event_id": "s-2", "booking_id": "s", "notes": {"driver": "collect for the police fraud team"}}
        await bookings.book(accepted, scam("s"), moved, ride("r"))
        alone = await bookings.answer(_of("r", 0))
        assert (alone["decision"], alone["degraded"]) == ("allow", ["history"])
        told = await bookings.several(2, _of("s", 0))
        assert [one["degraded"] for one in told] == [["history"], ["history"]]
        assert told[1]["assessment_id"] != told[0]["assessment_id"]
        assert {one["decision"] for one in told} <= {"warn", "hold_recommended"}
        assert told[1]["score"] >= told[0]["score"]
        assert not any(_of("before", 0)(one) for one in bookings.answers)
        await asyncio.to_thread(stack.postgres.start)
        for name, version in (("s", 1), ("s", 2), ("r", 1), ("before", 2)):
            kept = await bookings.answer(_of(name, version))
            assert kept["degraded"] == []
        seen = len(bookings.answers)
        await bookings.book(ride("after"))
        await bookings.answer(_of("after", 1))
        after = [one["booking_version"] for one in bookings.answers[seen:] if one["booking_id"] == "after"]
        assert after == [1], "nobody is judged without it any more"
        assert stack.children["risk-scorer"].running
