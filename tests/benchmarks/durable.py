"""The whole durable path: events in Kafka to assessments in Kafka, one worker, over a store that is already full."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from pickup_contracts.booking import BookingEvent, booking_key
from pickup_contracts.codec import encode
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.embedded.child import Child
from pickup_runtime.kafka import start_producer
from pickupctl.stack.local import LocalStack
from tests.benchmarks.stand import Stand
from tests.benchmarks.usage import family_seconds

#: The loops by name: the module that is run, and the library that it needs beside the product's.
LOOPS = {
    "faust": ("risk_scorer.main", "faust"),
    "plain": ("tests.benchmarks.plain_worker", "aiokafka"),
    "quix": ("tests.benchmarks.quix_worker", "quixstreams"),
}
#: The first bookings warm caches and the group's start up; they are not counted.
_WARM = 0.15


class Run(Struct, frozen=True):
    """Of one run: bookings a second, and microseconds of processor time a booking of worker and database."""

    per_s: float
    worker_us: float
    database_us: float


class Case(Struct, frozen=True):
    """One loop over one size of store."""

    loop: str
    sightings: int
    runs: list[Run]

    @property
    def per_s(self) -> float:
        return statistics.median(run.per_s for run in self.runs)

    @property
    def cost_us(self) -> float:
        """Microseconds from one booking to the next."""
        return 1_000_000 / self.per_s

    @property
    def worker_us(self) -> float:
        return statistics.median(run.worker_us for run in self.runs)

    @property
    def database_us(self) -> float:
        return statistics.median(run.database_us for run in self.runs)


def left_out(loop: str) -> str | None:
    """Why a loop can't be measured here; `None` when it can."""
    module = LOOPS[loop][1]
    return None if importlib.util.find_spec(module) else f"no module named {module!r} (see .venv/rivals.log)"


def measure(stand: Stand, cases: Sequence[tuple[str, int]], events: Sequence[BookingEvent], rounds: int) -> list[Case]:
    """Every (loop, stored sightings) in turns, `rounds` times, each on a broker and a copy of the store of its own."""
    found: dict[tuple[str, int], list[Run]] = {case: [] for case in cases}
    for number in range(rounds):
        # Every other round the other way about, so that none always has the machine after the same one.
        for loop, sightings in cases if number % 2 == 0 else reversed(cases):
            sys.stderr.write(f"· durable path: {loop} over {sightings:,} sightings, round {number + 1} of {rounds}\n")
            found[(loop, sightings)].append(_run(stand, loop, sightings, events))
    return [Case(loop, sightings, runs) for (loop, sightings), runs in found.items()]


def _run(stand: Stand, loop: str, sightings: int, events: Sequence[BookingEvent]) -> Run:
    module, _ = LOOPS[loop]
    with stand.run(sightings) as stack:
        worker = Child(loop, stack.folder / f"{loop}.log")
        asyncio.run(publish(stack, events))
        worker.start([sys.executable, "-m", module], env={**os.environ, **stack.env})
        try:
            return asyncio.run(_watch(stack, len(events), worker, stand.postmaster))
        finally:
            worker.stop()


async def publish(stack: LocalStack, events: Sequence[BookingEvent]) -> None:
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


async def _watch(stack: LocalStack, expected: int, worker: Child, postmaster: int) -> Run:
    """Counts assessments by their topic's end: they are published once they are committed."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.env["PICKUP_KAFKA_BOOTSTRAP"], enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(ASSESSMENTS.name, index) for index in range(ASSESSMENTS.partitions)]
    started: tuple[float, int, float, float] | None = None
    try:
        while True:
            done = sum((await consumer.end_offsets(partitions)).values())
            now = (time.perf_counter(), done, family_seconds(worker.pid), family_seconds(postmaster))
            if started is None and done >= expected * _WARM:
                started = now
            if done >= expected and started is not None:
                took, bookings, in_worker, in_database = (end - begun for end, begun in zip(now, started, strict=True))
                return Run(bookings / took, in_worker / bookings * 1e6, in_database / bookings * 1e6)
            if not worker.running:
                raise RuntimeError(f"the worker ended:\n{worker.last_words()}")
            await asyncio.sleep(0.1)
    finally:
        await consumer.stop()
