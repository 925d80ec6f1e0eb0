"""Outcomes on a real broker and database: kept once, seen by linked bookings, poison set aside."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from pickup_contracts.booking import booking_key
from pickup_contracts.codec import decode_booking, encode
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import OUTCOMES, dead_letter
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool, MakeReader
from risk_scorer import shapes
from risk_scorer.assess import Assessor
from risk_scorer.entities import Keys, booking_hash
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.outcomes.consumer import OutcomeConsumer
from risk_scorer.outcomes.reported import found, reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy.compile import load
from risk_scorer.signals.catalogue import TYPES
from risk_scorer.store import Store

from .events import raw, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
#: Nothing but what links say of outcomes.
_LINKED = """
name: linked
version: "1"
owner: test
rules:
  - {id: confirmed, title: A linked booking was a scam, when: linked_confirmed_30d > 0, points: 100,
     owner: test, review_by: 2030-01-01}
  - {id: cleared, title: A linked booking was cleared, when: linked_cleared_30d > 0, points: -10,
     owner: test, review_by: 2030-01-01}
"""
AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def outcome(operator_id: str, booking_id: str, **said: Any) -> Outcome:
    return Outcome(**{"operator_id": operator_id, "booking_id": booking_id, "at": AT, "reported_by": "driver", **said})


async def send(producer: AIOKafkaProducer, operator_id: str, booking_id: str, body: bytes | Outcome) -> None:
    value = body if isinstance(body, bytes) else encode(body)
    await producer.send_and_wait(OUTCOMES.name, value=value, key=booking_key(operator_id, booking_id))


async def marks(pool: Pool, operator_id: str, booking_id: str) -> dict[int, datetime]:
    booking = booking_hash(KEYS, operator_id, booking_id)
    return {row[0]: row[1] for row in await pool.fetch("select mark, at from marks where booking = $1", booking)}


async def test_outcomes_are_kept_once_and_poison_goes_to_the_dead_letters(
    kafka: EmbeddedKafka,
    producer: AIOKafkaProducer,
    database: MakePool,
    operator_id: str,
    read_topics: MakeReader,
) -> None:
    pool = await database("risk_scorer", "scorer")
    reader = await read_topics(dead_letter(OUTCOMES))
    told: list[tuple[str, str]] = []
    all_told = asyncio.Event()

    async def on_outcome(operator: str, booking: str) -> None:
        assert await pool.fetchval("select count(*) from outcomes where booking_id = $1", booking), "told when kept"
        if operator == operator_id:
            told.append((operator, booking))
        if {"r", "c"} <= {booking for _, booking in told}:
            all_told.set()

    store = OutcomeStore(pool, KEYS)
    refused = outcome(operator_id, "r", action="refused", observations=["sender_confused"], comment="Mrs Example wept")
    await send(producer, operator_id, "r", refused)
    await send(producer, operator_id, "r", b'{"operator_id": "x')
    await send(producer, operator_id, "r", encode(refused).replace(b'"refused"', b'"stolen"'))
    await send(producer, operator_id, "other", refused)
    await send(producer, operator_id, "r", refused)
    # PostgreSQL keeps no such text: refused by the database, not by the decoder.
    await send(producer, operator_id, "n\0", outcome(operator_id, "n\0", action="collected"))
    cleared = outcome(operator_id, "c", reported_by="dispatcher", finding="cleared", clear_reason="N17")
    await send(producer, operator_id, "c", cleared)

    work = asyncio.create_task(OutcomeConsumer(store, producer, on_outcome).run(kafka.bootstrap))
    try:
        letters = await reader.until(
            lambda seen: len(seen) == 4, of=lambda one: operator_id.encode() in (one.key or b"")
        )
        async with asyncio.timeout(10):
            await all_told.wait()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    assert {booking for _, booking in told} == {"r", "c"}
    assert await pool.fetchval("select count(*) from outcomes where operator_id = $1", operator_id) == 2
    kept = await store.outcomes_of([(operator_id, "r"), (operator_id, "c"), (operator_id, "never")])
    assert {key[1]: [(one.action, one.finding, one.observations) for one in rows] for key, rows in kept.items()} == {
        "r": [("refused", "unknown", ("sender_confused",))],
        "c": [(None, "cleared", ())],
    }
    row = await pool.fetchval("select string_agg(outcomes::text, ' ') from outcomes")
    assert "Example" not in row
    assert set(await marks(pool, operator_id, "r")) == {shapes.REFUSED}
    assert set(await marks(pool, operator_id, "c")) == {shapes.CLEARED}

    headers = [dict(letter.headers) for letter in letters]
    assert {one["dlq_service"] for one in headers} == {b"risk-scorer"}
    reasons = sorted(one["dlq_reason"].decode() for one in headers)
    assert reasons[0] == "action: is not one of the values the contract allows"
    assert reasons[1] == "booking_id: the message's key belongs to another booking"
    assert reasons[2].startswith("not valid JSON")
    assert reasons[3] == "the scorer could not keep this outcome"
    assert b'{"operator_id": "x' in {letter.value for letter in letters}, "the original bytes are kept"


async def test_findings_move_their_marks_only_when_they_were_overturned(database: MakePool, operator_id: str) -> None:
    pool = await database("risk_scorer", "scorer")
    store = OutcomeStore(pool, KEYS)
    first, second, third, fourth = (AT + timedelta(minutes=minute) for minute in range(4))

    async def said(finding: str, when: datetime) -> None:
        whole = outcome(operator_id, "b", reported_by="dispatcher", finding=finding, at=when)
        await store.add([reported(whole, when)])

    await said("confirmed_scam", first)
    await said("confirmed_scam", second)
    assert await marks(pool, operator_id, "b") == {shapes.CONFIRMED: first}
    await said("cleared", third)
    await said("confirmed_scam", fourth)
    expected = {shapes.CONFIRMED: fourth, shapes.CLEARED: third}
    assert await marks(pool, operator_id, "b") == expected

    everything = (await store.outcomes_of([(operator_id, "b")]))[operator_id, "b"]
    assert found(everything, fourth).finding == "confirmed_scam"
    assert await store.add(everything) == 0
    assert await marks(pool, operator_id, "b") == expected


async def test_a_linked_booking_sees_what_the_office_found(
    database: MakePool, producer: AIOKafkaProducer, operator_id: str
) -> None:
    """The same number again: warned by what was found on its last booking, until the office takes it back."""
    pool = await database("risk_scorer", "scorer")
    program = load(_LINKED, TYPES)
    assessor = Assessor(Judging(Store(pool), program, KEYS, opted_in=lambda _: False))
    store = OutcomeStore(pool, KEYS)
    begins = datetime.now(UTC) - timedelta(hours=2)

    async def said(finding: str, minute: int) -> None:
        when = begins + timedelta(minutes=minute)
        whole = outcome(operator_id, "first", reported_by="dispatcher", finding=finding, at=when)
        await store.add([reported(whole, when)])

    async def book(booking_id: str, minute: int) -> list[str]:
        when = begins + timedelta(minutes=minute)
        event = scam(booking_id, occurred_at=when.isoformat(), operator_id=operator_id)
        taken = Incoming(operator_id, booking_id, decode_booking(raw(event)), raw(event), minute, when)
        (answer,) = await assessor.assess([taken])
        assert answer.result is not None
        return [reason.rule_id for reason in answer.result.reasons]

    assert await book("first", 0) == []
    assert await book("second", 10) == []
    await said("confirmed_scam", 20)
    assert await book("third", 15) == [], "not known then"
    assert await book("fourth", 30) == ["confirmed"]
    await said("unknown", 40)
    assert await book("fifth", 50) == []
    await said("cleared", 60)
    assert await book("sixth", 70) == ["cleared"]


async def test_nothing_asked_and_nothing_added_is_nothing(database: MakePool) -> None:
    store = OutcomeStore(await database("risk_scorer", "scorer"), KEYS)
    assert await store.outcomes_of([]) == {}
    assert await store.add([]) == 0
