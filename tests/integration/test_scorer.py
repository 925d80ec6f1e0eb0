"""The scorer's batch path on a real broker and database: once, in time, whatever comes in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS, dead_letter
from pickup_runtime.kafka import Record
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool, MakeReader
from risk_scorer import shapes
from risk_scorer.assess import Assessor
from risk_scorer.batch import BatchProcessor
from risk_scorer.entities import Keys
from risk_scorer.judging import Judging
from risk_scorer.partitions import Partitions
from risk_scorer.store import Store
from tests.shipped import PROGRAM

from .events import Json, raw, ride, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
_offset = iter(range(10**9))


def record(
    operator_id: str, event: Json, *, body: bytes | None = None, key: bytes | None = None, at: datetime | None = None
) -> Record:
    value = body if body is not None else raw({**event, "operator_id": operator_id})
    offset = next(_offset)
    return ConsumerRecord(
        topic=BOOKING_EVENTS.name,
        partition=0,
        offset=offset,
        timestamp=int((at or datetime.now(UTC)).timestamp() * 1000),
        timestamp_type=0,
        key=key if key is not None else f"{operator_id}/{event['booking_id']}".encode(),
        value=value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=len(value),
        headers=(),
    )


class Scorer:
    """A worker's batch processor, with its database at hand."""

    def __init__(self, pool: Pool, producer: AIOKafkaProducer, opted_in: Sequence[str] = ()) -> None:
        self.pool = pool
        assessor = Assessor(Judging(Store(pool), PROGRAM, KEYS, opted_in=lambda operator: operator in opted_in))
        self.processor = BatchProcessor(assessor, producer)

    async def counts(self) -> dict[str, int]:
        tables = ("bookings", "steps", "sightings", "marks")
        return {table: await self.pool.fetchval(f"select count(*) from {table}") for table in tables}


@pytest.fixture
async def scorer(database: MakePool, producer: AIOKafkaProducer) -> Scorer:
    return Scorer(await database("risk_scorer", "scorer"), producer)


def mine(operator_id: str) -> Callable[[Record], bool]:
    return lambda found: (found.key or b"").startswith(f"{operator_id}/".encode())


def read(records: Sequence[Record]) -> list[dict[str, Any]]:
    return [json.loads(found.value or b"") for found in records]


async def test_a_scam_is_held_and_a_ride_is_let_go(scorer: Scorer, operator_id: str, read_topics: MakeReader) -> None:
    reader = await read_topics(ASSESSMENTS)
    outcome = await scorer.processor.process([record(operator_id, scam("s")), record(operator_id, ride("r"))])
    assert (outcome.assessed, outcome.unchanged, outcome.buried) == (2, 0, 0)
    answers = {
        answer["booking_id"]: answer
        for answer in read(await reader.until(lambda found: len(found) == 2, of=mine(operator_id)))
    }
    assert answers["s"]["decision"] == "hold_recommended"
    assert answers["s"]["pattern"] == "parcel_from_home"
    assert answers["s"]["premises"]["pickup"]["residential"] == "yes"
    assert answers["s"]["reasons"][0]["evidence"]
    assert answers["r"]["decision"] == "allow"
    said = json.dumps(answers)
    for personal in ("Meadow", "Stranger", "900101", "Mrs Example"):
        assert personal not in said


async def test_reading_a_batch_again_gives_the_same_answers_and_writes_nothing(
    scorer: Scorer, operator_id: str, read_topics: MakeReader
) -> None:
    batch = [
        record(operator_id, scam("s")),
        record(
            operator_id,
            {"booking_id": "s", "event_id": "e-2", "occurred_at": scam("s")["occurred_at"], "status": "accepted"},
        ),
        record(operator_id, ride("r")),
    ]
    reader = await read_topics(ASSESSMENTS)
    await scorer.processor.process(batch)
    before = await scorer.counts()
    await scorer.processor.process(batch)
    await scorer.processor.process([*batch, *batch])
    assert await scorer.counts() == before
    found = read(await reader.until(lambda found: len(found) == 12, of=mine(operator_id)))
    by_id: dict[str, set[str]] = {}
    for answer in found:
        by_id.setdefault(answer["assessment_id"], set()).add(json.dumps(answer))
    assert len(by_id) == 3
    assert all(len(said) == 1 for said in by_id.values()), "the same assessment says the same"


async def test_poison_goes_to_the_dead_letters_with_its_reason_and_the_batch_goes_on(
    scorer: Scorer, operator_id: str, read_topics: MakeReader
) -> None:
    reader = await read_topics(ASSESSMENTS, dead_letter(BOOKING_EVENTS))
    other = {"booking_id": "x"}
    key = f"{operator_id}/x".encode()
    outcome = await scorer.processor.process(
        [
            record(operator_id, other, body=b'{"event_id": "e', key=key),
            record(operator_id, ride("r-1")),
            record(operator_id, other, body=raw({**ride("x"), "operator_id": operator_id, "wait_s": "long"}), key=key),
            record(operator_id, other, body=raw({**ride("other"), "operator_id": operator_id}), key=key),
            record(operator_id, other, body=b"", key=key),
            record(operator_id, ride("r-2")),
        ]
    )
    assert (outcome.assessed, outcome.buried) == (2, 4)
    found = await reader.until(lambda found: len(found) == 6, of=mine(operator_id))
    letters = [letter for letter in found if letter.topic == "booking.events.v1.dlq"]
    assert {dict(letter.headers)["dlq_service"] for letter in letters} == {b"risk-scorer"}
    reasons = sorted(dict(letter.headers)["dlq_reason"].decode() for letter in letters)
    assert reasons[0] == "booking_id: the message's key belongs to another booking"
    assert any(reason.startswith("wait_s: must be") for reason in reasons)
    assert sum("not valid JSON" in reason for reason in reasons) == 2
    assert {letter.value for letter in letters} >= {b'{"event_id": "e'}, "the original bytes are kept"


async def test_events_in_any_order_make_the_same_booking(scorer: Scorer, operator_id: str, database: MakePool) -> None:
    events = [
        scam("s", "e-1", revision=1),
        {
            "booking_id": "s",
            "event_id": "e-2",
            "revision": 2,
            "occurred_at": "2026-11-20T11:02:00Z",
            "status": "accepted",
        },
        {"booking_id": "s", "event_id": "e-3", "revision": 3, "occurred_at": "2026-11-20T11:03:00Z", "items": []},
        {
            "booking_id": "s",
            "event_id": "e-4",
            "revision": 4,
            "occurred_at": "2026-11-20T11:04:00Z",
            "status": "collected",
        },
    ]
    states = set()
    for seed in range(6):
        await scorer.pool.execute("truncate bookings, steps, sightings, marks")
        shuffled = [*events, *events]
        random.Random(seed).shuffle(shuffled)
        for event in shuffled:
            await scorer.processor.process([record(operator_id, event)])
        document = json.loads(await scorer.pool.fetchval("select state from bookings"))
        document["state"].pop("seq", None)
        states.add(json.dumps(document["state"], sort_keys=True))
    assert len(states) == 1


async def test_a_booking_that_begins_with_its_cancellation_is_assessed(scorer: Scorer, operator_id: str) -> None:
    event = {"booking_id": "c", "event_id": "e-9", "occurred_at": "2026-11-20T11:00:00Z", "status": "cancelled"}
    outcome = await scorer.processor.process([record(operator_id, event)])
    assert outcome.assessed == 1


async def test_of_two_events_of_the_same_second_the_later_one_says_what_is_seen(
    scorer: Scorer, operator_id: str
) -> None:
    """A ride that turns out to be a parcel job, by a system that tells whole seconds; and both are read again."""
    moment = datetime.now(UTC).replace(microsecond=0)
    first = record(operator_id, ride("b-1", occurred_at=moment.isoformat()), at=moment)
    second = record(operator_id, ride("b-1", "b-1-2", occurred_at=moment.isoformat(), carries="parcel"), at=moment)
    parcels = "select count(*) filter (where shape & 1 = 1), count(*) from sightings where role = $1"
    for batch, expected in (([first], (0, 2)), ([second], (2, 2)), ([first, second], (2, 2))):
        await scorer.processor.process(batch)
        assert tuple(await scorer.pool.fetchrow(parcels, shapes.PICKUP)) == expected


@pytest.mark.parametrize(("days_ago", "stored"), [(29, True), (31, False), (4000, False)])
async def test_what_nobody_can_ask_for_any_more_is_not_stored(
    scorer: Scorer, operator_id: str, days_ago: int, stored: bool
) -> None:
    """An operator's clock that is years off makes no partitions either: today's for the home that is warned about now,
    and those of that day."""
    now = datetime.now(UTC)
    event = scam("b-1", occurred_at=(now - timedelta(days=days_ago)).isoformat())
    outcome = await scorer.processor.process([record(operator_id, event)])
    assert outcome.assessed == 1
    old = await scorer.pool.fetchval("select count(*) from sightings where at < $1", now - timedelta(days=1))
    assert (old > 0) is stored
    assert (await scorer.counts())["sightings"] == old + 1
    partitions = await scorer.pool.fetchval("select count(*) from pg_inherits where inhparent = 'sightings'::regclass")
    assert partitions <= (4 if stored else 2)


async def test_sightings_are_dropped_when_all_of_their_partition_have_expired(scorer: Scorer) -> None:
    """By the database's clock; one that somebody reads just then is left, and nobody waits for it."""
    now, partitions = datetime.now(UTC), Partitions(scorer.pool)
    days = (0, 20, 29, 46, 61, 200)
    await scorer.pool.execute("select ensure_sighting_partitions($1)", [now - timedelta(days=ago) for ago in days])
    for ago in days:
        await scorer.pool.execute(
            "insert into sightings values ($1, $2, 1, 1, 1, 1, 1, 1, 1)", ago, now - timedelta(days=ago)
        )
    oldest = await scorer.pool.fetchval("select tableoid::regclass::text from sightings where entity = 200")
    async with scorer.pool.acquire() as reader, reader.transaction():
        await reader.fetch(f"select * from {oldest}")
        assert await partitions.expire() == 2
    assert await partitions.expire() == 1
    assert await partitions.expire() == 0
    left = await scorer.pool.fetch("select entity from sightings")
    assert {row["entity"] for row in left} == {0, 20, 29}


async def test_two_workers_may_drop_the_same_partition_at_once(scorer: Scorer) -> None:
    then = datetime.now(UTC) - timedelta(days=200)
    await scorer.pool.execute("select ensure_sighting_partitions($1)", [then])
    await scorer.pool.execute("insert into sightings values (1, $1, 1, 1, 1, 1, 1, 1, 1)", then)
    oldest = await scorer.pool.fetchval("select tableoid::regclass::text from sightings")
    async with scorer.pool.acquire() as other, other.transaction():
        await other.execute(f"drop table {oldest}")
        waiting = asyncio.create_task(Partitions(scorer.pool).expire())
        await asyncio.sleep(0.2)
        assert not waiting.done(), "it waits for the other one's lock"
    assert await waiting == 0


async def test_what_comes_so_late_that_its_partition_has_expired_is_assessed(scorer: Scorer, operator_id: str) -> None:
    """A worker that is days behind, and had the partition before."""
    then = datetime.now(UTC) - timedelta(days=60)
    for booking in ("before", "after"):
        event = scam(booking, occurred_at=then.isoformat())
        outcome = await scorer.processor.process([record(operator_id, event, at=then)])
        assert outcome.assessed == 1
        assert await scorer.pool.fetchval("select count(*) from sightings where at < $1", then + timedelta(days=1)) > 0
        assert await Partitions(scorer.pool).expire() > 0


async def test_two_that_are_scored_at_the_same_moment_see_each_other(
    scorer: Scorer, operator_id: str, read_topics: MakeReader
) -> None:
    """One number, two homes, one batch: both bookings show the link."""
    reader = await read_topics(ASSESSMENTS)
    one = scam("one", items=[{"description": "shoes"}])
    other = scam("two", items=[{"description": "shoes"}])
    there = {"line1": "9 Larch Grove", "town": "Kettering", "postcode": "NN16 8AA"}
    other["pickup"] = {"address": there, "contact": {"name": "Mr Other"}}
    moment = datetime.now(UTC) + timedelta(seconds=1)
    await scorer.processor.process([record(operator_id, one, at=moment), record(operator_id, other, at=moment)])
    answers = read(await reader.until(lambda found: len(found) == 2, of=mine(operator_id)))
    rules = [{reason["rule_id"] for reason in answer["reasons"]} for answer in answers]
    assert all("number-at-several-homes" in fired for fired in rules)


async def test_links_cross_operators_only_when_both_opted_in(
    database: MakePool, producer: AIOKafkaProducer, read_topics: MakeReader
) -> None:
    firms = [f"op-x{random.randrange(10**9)}" for _ in range(3)]
    scorer = Scorer(await database("risk_scorer", "scorer"), producer, opted_in=firms[:2])
    reader = await read_topics(ASSESSMENTS)
    plain: dict[str, Any] = {"items": [{"description": "shoes"}]}
    for firm in firms:
        await scorer.processor.process([record(firm, scam("b", **plain))])
    answers = {
        answer["operator_id"]: {reason["rule_id"] for reason in answer["reasons"]}
        for answer in read(
            await reader.until(lambda found: len(found) == 3, of=lambda one: any(mine(firm)(one) for firm in firms))
        )
    }
    assert "same-home-other-firm" in answers[firms[1]]
    assert "same-home-other-firm" not in answers[firms[0]]
    assert "same-home-other-firm" not in answers[firms[2]]
