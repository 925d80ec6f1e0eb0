"""Rounds of judging again: published once, at once, over nothing newer, stuck on nothing, and at an end."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pickup_contracts.assessment import rank
from pickup_contracts.booking import booking_key
from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import ASSESSMENTS
from pickup_runtime import metrics
from pickup_runtime.testing.plugin import MakeReader
from risk_scorer.claims import Claims
from risk_scorer.incoming import Incoming
from risk_scorer.listing import hashes_of
from risk_scorer.outcomes.reported import reported
from risk_scorer.policy.lists import Lists
from risk_scorer.policy_feed import Change
from risk_scorer.reassess import Again, Reassessor
from tests.integration.events import raw
from tests.integration.reassess.bench import BEGINS, KEYS, Bench, parcel, status


async def test_a_worker_publishes_each_once_and_what_another_left_behind(
    bench: Bench, operator_id: str, read_topics: MakeReader
) -> None:
    reader = await read_topics(ASSESSMENTS)
    await bench.book(operator_id, parcel("first"), 0)
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 10)
    # A worker that is killed after it has kept its answer and before the broker has it.
    kept = await bench.reassessor.run([3])
    (first,) = [one.result for one in kept.changed if one.result.booking_id == "first"]
    assert await bench.count("reassessments where not published") == len(kept.changed)
    elsewhere, mine = bench.worker({4, 5}), bench.worker({3})
    tasks = [asyncio.create_task(one.run()) for one in (elsewhere, mine)]
    try:
        (found,) = await reader.until(
            lambda seen: len(seen) == 1, of=lambda one: one.key == f"{operator_id}/first".encode()
        )
        await until(lambda: all_published(bench))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    body = json.loads(found.value or b"")
    assert (body["booking_id"], body["cause"]) == ("first", "linked_booking")
    assert body["assessment_id"] == str(first.assessment_id)
    assert dict(found.headers)["ce_id"].decode() == body["assessment_id"]


async def all_published(bench: Bench) -> bool:
    return not await bench.count("reassessments where not published")


async def test_a_running_worker_lives_by_a_change_within_five_seconds(
    bench: Bench, operator_id: str, read_topics: MakeReader
) -> None:
    reader = await read_topics(ASSESSMENTS)
    booked = parcel("b")
    at = datetime.now(UTC)
    body = raw({**booked, "operator_id": operator_id, "occurred_at": at.isoformat()})
    await bench.assessor.assess([Incoming(operator_id, "b", decode_booking(body), body, 1, at, 3)])
    task = asyncio.create_task(bench.loop.run())
    try:
        await until(lambda: bench.count("policies_lived"))
        outcome = Outcome(
            operator_id=operator_id, booking_id="b", at=at, reported_by="driver", finding="suspected_scam"
        )
        await bench.outcomes.add([reported(outcome, datetime.now(UTC))])
        async with asyncio.timeout(5):
            await bench.loop.on_outcome(operator_id, "b")
            (found,) = await reader.until(
                lambda seen: len(seen) == 1, of=lambda one: (one.key or b"").startswith(operator_id.encode())
            )
        told = json.loads(found.value or b"")
        assert told["cause"] == "outcome_reported"
        counted = metrics.decisions_by_operator.labels(operator_id, told["decision"])
        assert counted._value.get() == 1, "what is judged again is counted by operator as well"
        bench.policy = bench.policy.with_lists(Lists([]))
        bench.loop.on_change([Change("list", "e-1", tuple(hashes_of(KEYS, "phone", "07700 900101", operator_id)))])
        async with asyncio.timeout(5):
            await until(lambda: asked(bench))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def asked(bench: Bench) -> bool:
    """Whether the entry's bookings have been asked for and judged: nothing is due and nothing waits to be asked."""
    return not bench.loop._entities and not await bench.count("reassessments_due")


async def until(check: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(10):
        while not await check():  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.05)


async def test_an_event_that_comes_in_between_is_not_overwritten(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("first"), 0)
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 10)
    (due,) = await bench.due.due(None, datetime.now(UTC), 10)
    moved = await bench.book(operator_id, status("first", "first-2", "accepted"), 11)
    assert moved is not None
    stale = await Stale(bench, [due]).run()
    assert stale.changed == []
    assert await bench.pool.fetchval("select version from bookings where booking_id = 'first'") == 2
    assert await bench.count("reassessments") == 0
    assert await bench.count("reassessments_due where booking_id = 'first'") == 1, "it is judged at the next round"
    assert (await bench.reassessor.run()).judged >= 1
    assert await bench.count("reassessments_due where booking_id = 'first'") == 0


async def test_what_came_out_the_same_of_what_an_event_has_changed_since_is_judged_once_more(
    bench: Bench, operator_id: str
) -> None:
    key = (operator_id, "first")
    await bench.book(operator_id, parcel("first"), 0)
    await bench.due.ask(key, bench.judging.booking(key), "linked_booking", BEGINS + timedelta(minutes=5))
    (due,) = await bench.due.due(None, datetime.now(UTC), 10)
    await bench.book(operator_id, status("first", "first-2", "accepted"), 6)
    stale = await Stale(bench, [due]).run()
    assert (stale.judged, stale.changed) == (1, [])
    assert await bench.asked() == {"first"}, "the event may have been judged without what is known now"
    await bench.again()
    assert await bench.asked() == set()


async def test_what_a_batch_holds_is_left_for_the_next_round(bench: Bench, operator_id: str) -> None:
    for number, name in enumerate(("first", "second")):
        await bench.book(operator_id, parcel(name, home=f"{number + 1} Elm Row", phone=f"+44770090010{number}"), number)
        key = (operator_id, name)
        await bench.due.ask(key, bench.judging.booking(key), "linked_booking", BEGINS + timedelta(minutes=5))
    claims = Claims()
    reassessor = Reassessor(bench.judging, bench.due, claims)
    async with claims.of({booking_key(operator_id, "first")}):
        assert (await reassessor.run()).judged == 1
        assert await bench.asked() == {"first"}
    assert (await reassessor.run()).judged == 1
    assert await bench.asked() == set()


class Stale(Reassessor):
    """One that has read what is due a while ago."""

    def __init__(self, bench: Bench, read: Sequence[Any]) -> None:
        super().__init__(bench.judging, bench.due)
        self._read = read

    async def run(self, *_: Any) -> Again:
        return await self._round(self._read)


async def test_one_that_can_not_be_judged_stands_in_nobodys_way(bench: Bench, operator_id: str) -> None:
    for number in range(5):
        await bench.book(operator_id, parcel(f"b-{number}", home=f"{number + 1} Elm Row"), number)
    await bench.pool.execute("update bookings set state = '{\"state\": 1}' where booking_id = 'b-2'")
    changed = {one.booking_id for one in await bench.again()}
    assert "b-2" not in changed
    assert {"b-0", "b-1"} <= changed
    assert await bench.count("reassessments_due") == 0


@pytest.mark.parametrize("seed", range(4))
async def test_bookings_that_are_all_linked_come_to_an_end(bench: Bench, operator_id: str, seed: int) -> None:
    """Three phones, four homes and two drop-offs over forty bookings, scams and trips to a bank among them, in random
    batches. Who was told nothing had nothing to learn: judged again all the same, no booking is worse."""
    rng = random.Random(seed)
    at = BEGINS
    batch: list[Incoming] = []
    judged = 0
    for number in range(40):
        at += timedelta(seconds=rng.randrange(200))
        phone, home = f"+44770090010{rng.randrange(3)}", f"{rng.randrange(1, 5)} Elm Row"
        event = parcel(f"b-{number}", phone=phone, home=home)
        if rng.random() < 0.2:
            event["items"] = [{"description": "her bank card"}]
        if rng.random() < 0.25:
            event |= {"service": "taxi", "carries": "passenger", "items": []}
            event["dropoff"] = {"organisation": "Barclays Bank", "address": {"line1": "1 High St", "town": "Royston"}}
        body = raw({**event, "operator_id": operator_id, "occurred_at": at.isoformat()})
        batch.append(Incoming(operator_id, f"b-{number}", decode_booking(body), body, number, at, 3))
        if rng.random() < 0.3:
            await bench.assessor.assess(batch)
            batch = []
            for _ in range(20):
                once = await bench.reassessor.run()
                judged += once.judged
                if not once.judged:
                    break
            else:
                raise AssertionError("still not at an end")
    assert judged > 20
    rows = await bench.pool.fetch("select assessment_id from steps union all select assessment_id from reassessments")
    ids: list[UUID] = [row[0] for row in rows if row[0] is not None]
    assert len(ids) == len(set(ids)), "every assessment has an id of its own"
    if batch:
        await bench.assessor.assess(batch)
        await bench.again()
    before = await bench.decisions()
    await bench.due.settle([3], "everything", at)
    await bench.again()
    after = await bench.decisions()
    assert len(after) == 40
    assert {name: (before[name], now) for name, now in after.items() if rank(now) > rank(before[name])} == {}
