"""Who judges without the database, on a real broker: it ends with the outage, also for what it was waiting for then."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pickup_contracts.booking import booking_key
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.kafka import Record, new_consumer
from pickup_runtime.testing.plugin import MakePool, MakeReader
from risk_scorer import outage
from risk_scorer.entities import Keys
from risk_scorer.judging import Judging
from risk_scorer.outage import Outage, Stopgap
from risk_scorer.store import Store
from tests.shipped import PROGRAM

from .events import Json, raw, ride

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
PARTITION = 5


async def begins_here(kafka: EmbeddedKafka, group: str) -> None:
    """Commit for `group` that everything up to now is done."""
    place = TopicPartition(BOOKING_EVENTS.name, PARTITION)
    consumer = new_consumer(kafka.bootstrap, group=group)
    await consumer.start()
    try:
        consumer.assign([place])
        (end,) = (await consumer.end_offsets([place])).values()
        await consumer.commit({place: OffsetAndMetadata(end, "")})
    finally:
        await consumer.stop()


async def test_what_comes_once_the_database_is_back_is_left_to_the_batches(
    kafka: EmbeddedKafka,
    producer: AIOKafkaProducer,
    database: MakePool,
    read_topics: MakeReader,
    operator_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outage, "AFTER_S", 0.0)
    await begins_here(kafka, operator_id)
    assessments = await read_topics(ASSESSMENTS)
    away = Outage()
    stopgap = Stopgap(
        away,
        Judging(Store(await database("risk_scorer", "scorer")), PROGRAM, KEYS, opted_in=lambda _: False),
        producer,
        kafka=kafka.bootstrap,
        group=operator_id,
        partitions=lambda: [PARTITION],
    )

    async def book(event: Json) -> None:
        key = booking_key(operator_id, event["booking_id"])
        body = raw({**event, "operator_id": operator_id})
        await producer.send_and_wait(BOOKING_EVENTS.name, body, key=key, partition=PARTITION)

    def mine(record: Record) -> bool:
        return (record.key or b"").startswith(f"{operator_id}/".encode())

    away.waits()
    judging = asyncio.create_task(stopgap.until_back(frozenset({PARTITION})))
    await book(ride("during"))
    (alone,) = await assessments.until(lambda found: len(found) == 1, of=mine)
    told = json.loads(alone.value or b"")
    assert (told["booking_id"], told["degraded"]) == ("during", ["history"])
    # It waits for the next booking by now.
    away.answered([])
    await book(ride("after"))
    assert await asyncio.wait_for(judging, 10) == 1, "the one that came while the database was away"
