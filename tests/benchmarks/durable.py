"""The whole durable path: events in Kafka to assessments in Kafka, by the faust worker and by a plain loop in turn."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
from msgspec import Struct

from pickup_contracts.booking import BookingEvent, booking_key
from pickup_contracts.codec import encode
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime.embedded.child import Child
from pickup_runtime.kafka import start_producer
from pickupctl.stack.local import LocalStack
from tests.benchmarks.engine import first_events

_WORKERS = {"faust": "risk_scorer.main", "plain": "tests.benchmarks.plain_worker"}
#: The first bookings warm caches and the group's start up; they are not counted.
_WARM = 0.15


class DurableFigures(Struct, frozen=True):
    bookings: int
    faust_per_s: list[float]
    plain_per_s: list[float]

    @property
    def ratio(self) -> float:
        return statistics.median(self.faust_per_s) / statistics.median(self.plain_per_s)


def measure(bookings: int = 20_000, rounds: int = 2) -> DurableFigures:
    """Bookings a second, in turns, each on a broker and a database of its own."""
    events = first_events(bookings)
    rates: dict[str, list[float]] = {"faust": [], "plain": []}
    for _ in range(rounds):
        for name, module in _WORKERS.items():
            rates[name].append(_run(module, events))
    return DurableFigures(len(events), rates["faust"], rates["plain"])


def _run(module: str, events: list[BookingEvent]) -> float:
    with tempfile.TemporaryDirectory(prefix="pickup-bench-") as folder:
        stack = LocalStack(Path(folder))
        stack.start_servers()
        worker = Child(module, Path(folder) / "worker.log")
        try:
            asyncio.run(publish(stack, events))
            worker.start([sys.executable, "-m", module], env={**os.environ, **stack.env})
            return asyncio.run(_rate(stack, len(events), worker))
        finally:
            worker.stop()
            stack.stop()


async def publish(stack: LocalStack, events: list[BookingEvent]) -> None:
    """Put events on the topic, as booking-ingest would."""
    producer = await start_producer(stack.env["PICKUP_KAFKA_BOOTSTRAP"])
    try:
        sent = [
            await producer.send(
                BOOKING_EVENTS.name, key=booking_key(str(one.operator_id), one.booking_id), value=encode(one)
            )
            for one in events
        ]
        for answer in sent:
            await answer
    finally:
        await producer.stop()


async def _rate(stack: LocalStack, expected: int, worker: Child) -> float:
    connection = await asyncpg.connect(stack.postgres.dsn())
    started: tuple[float, int] | None = None
    try:
        while True:
            done: int = await connection.fetchval("select count(*) from scorer.steps")
            now = time.perf_counter()
            if started is None and done >= expected * _WARM:
                started = (now, done)
            if done >= expected and started is not None:
                return (done - started[1]) / (now - started[0])
            if not worker.running:
                raise RuntimeError(f"the worker ended:\n{worker.last_words()}")
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
