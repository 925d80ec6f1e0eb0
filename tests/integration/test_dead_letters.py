"""Whatever somebody writes to a topic ends as a letter that can be listed and sent back, and ends no service."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from typer.testing import CliRunner

from pickup_contracts.codec import encode
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import ALERTS, BOOKING_EVENTS, OPERATORS, OUTCOMES, Topic, dead_letter
from pickup_runtime.dead_letter import LEFT_OUT, DeadLetter, bury
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.kafka import Record, new_consumer, start_producer
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool, MakeReader
from pickupctl.main import app
from risk_scorer.batch import BatchProcessor
from risk_scorer.outcomes.consumer import OutcomeConsumer
from risk_scorer.outcomes.store import OutcomeStore

from .events import raw, scam
from .test_scorer import KEYS, Scorer

_NO_TIME = -9 * 10**15


async def written(
    producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, topic: Topic, value: bytes, **more: Any
) -> Record:
    """A message as the broker gives it back."""
    sent = await producer.send_and_wait(topic.name, value=value, partition=0, **more)
    place = TopicPartition(topic.name, 0)
    consumer.assign([place])
    consumer.seek(place, sent.offset)
    return await asyncio.wait_for(consumer.getone(place), 10)


@pytest.fixture
async def consumer(kafka: EmbeddedKafka) -> Any:
    made = new_consumer(kafka.bootstrap)
    await made.start()
    yield made
    await made.stop()


def headers(record: Record) -> dict[str, bytes]:
    return {name: value or b"" for name, value in record.headers}


def of(name: bytes) -> Any:
    return lambda record: (record.key or b"") == name or headers(record).get("test") == name


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp_ms": _NO_TIME},
        {"value": b"garbage", "headers": [("dlq_attempt", b"abc"), ("dlq_first_seen", b"[bold]")]},
        {"value": b"garbage", "headers": [("dlq_attempt", None), ("other", None)]},
        {"value": b"x" * 1_048_000},
    ],
    ids=["no time", "no number", "nothing", "no room"],
)
async def test_no_message_ends_the_scorer(
    odd: dict[str, Any],
    database: MakePool,
    producer: AIOKafkaProducer,
    consumer: AIOKafkaConsumer,
    read_topics: MakeReader,
    operator_id: str,
) -> None:
    pool = await database("risk_scorer", "scorer")
    processor: BatchProcessor = Scorer(pool, producer).processor
    key = f"{operator_id}/b".encode()
    given = {"value": raw({**scam("b"), "operator_id": operator_id}), "key": key, **odd}
    letters = await read_topics(dead_letter(BOOKING_EVENTS))
    record = await written(producer, consumer, BOOKING_EVENTS, given.pop("value"), **given)
    outcome = await processor.process([record])
    assert (outcome.assessed, outcome.buried) == (0, 1)
    (letter,) = await letters.until(lambda found: len(found) == 1, of=of(key))
    told = headers(letter)
    assert told["dlq_attempt"] == b"1"
    assert told["dlq_reason"]
    assert told["dlq_offset"] == str(record.offset).encode()
    assert (letter.value == record.value) is (LEFT_OUT not in told) is (len(record.value or b"") < 1_000_000)
    # The producer goes on after it, and takes what has neither key nor body.
    empty = dataclasses.replace(record, key=None, value=None, headers=())
    for one in (record, empty):
        await bury(producer, BOOKING_EVENTS, [DeadLetter(one, "Again", "once more")], service="test")


async def test_an_outcome_of_no_time_ends_nothing(
    database: MakePool,
    producer: AIOKafkaProducer,
    consumer: AIOKafkaConsumer,
    read_topics: MakeReader,
    operator_id: str,
) -> None:
    outcomes = OutcomeConsumer(OutcomeStore(await database("risk_scorer", "scorer"), KEYS), producer)
    key = f"{operator_id}/b".encode()
    letters = await read_topics(dead_letter(OUTCOMES))
    body = raw({"operator_id": operator_id, "booking_id": "b", "at": scam("b")["occurred_at"], "reported_by": "driver"})
    await outcomes.handle([await written(producer, consumer, OUTCOMES, body, key=key, timestamp_ms=_NO_TIME)])
    (letter,) = await letters.until(lambda found: len(found) == 1, of=of(key))
    assert b"timestamp" in headers(letter)["dlq_reason"]


async def test_a_profile_under_another_key_or_in_no_zone_leaves_the_one_of_before(
    kafka: EmbeddedKafka, producer: AIOKafkaProducer, operator_id: str
) -> None:
    directory = OperatorDirectory()
    following = asyncio.create_task(directory.follow(kafka.bootstrap))
    try:
        await asyncio.wait_for(directory.loaded.wait(), 10)
        whole = OperatorProfile(operator_id=operator_id, name="Abbey Cars", time_zone="Europe/London")
        other = OperatorProfile(operator_id=operator_id, name="Somebody else")
        nowhere = OperatorProfile(operator_id=operator_id, name="Nowhere", time_zone="/etc/passwd")
        last = OperatorProfile(operator_id=f"{operator_id}-last", name="Last")
        for key, value in (
            (operator_id, encode(whole)),
            (f"{operator_id}-other", encode(other)),
            (operator_id, encode(nowhere)),
            (operator_id, b'{"zz":' + b"[" * 100_000),
            (last.operator_id, encode(last)),
        ):
            await producer.send_and_wait(OPERATORS.name, value=value, key=key.encode())
        for _ in range(500):
            if directory.get(last.operator_id) is not None:
                break
            await asyncio.sleep(0.02)
        assert directory.get(last.operator_id) == last
        assert directory.get(operator_id) == whole
        assert directory.get(f"{operator_id}-other") is None
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def test_letters_are_listed_and_sent_back_once_whatever_their_headers_say(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a topic that nothing else writes letters of."""
    mark = uuid.uuid4().hex.encode()
    place = [("dlq_topic", ALERTS.name.encode()), ("dlq_partition", b"0"), ("dlq_offset", b"7")]
    asyncio.run(
        _put(
            kafka.bootstrap,
            [
                (b"by the scorer", [*place, ("dlq_service", b"risk-scorer"), ("test", mark)]),
                (b"by the notifier", [*place, ("dlq_service", b"notifier"), ("test", mark)]),
                (b"odd", [("dlq_first_seen", b"abc [bold]"), ("dlq_attempt", b"[/x]"), ("test", mark)]),
                (b"", [*place[:2], ("dlq_offset", b"8"), (LEFT_OUT, b"body"), ("test", mark)]),
            ],
        )
    )
    monkeypatch.setenv("PICKUP_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("COLUMNS", "200")
    listed = CliRunner().invoke(app, ["dlq", "list", ALERTS.name])
    assert listed.exit_code == 0, listed.output
    assert "abc" not in listed.output
    assert "too large to be kept" in listed.output
    sent = CliRunner().invoke(app, ["dlq", "replay", ALERTS.name, "--yes"])
    assert "2 sent back" in sent.output
    assert "nothing to replay" in CliRunner().invoke(app, ["dlq", "replay", ALERTS.name, "--yes"]).output


async def _put(bootstrap: str, letters: Sequence[tuple[bytes, list[tuple[str, bytes]]]]) -> None:
    producer = await start_producer(bootstrap)
    try:
        for body, told in letters:
            await producer.send_and_wait(dead_letter(ALERTS).name, value=body, headers=told, partition=0)
    finally:
        await producer.stop()
