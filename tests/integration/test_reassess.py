"""Open bookings judged again, on a real broker and database: when, with what result, once, and never without end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from pickup_contracts.assessment import Assessment, Decision, rank
from pickup_contracts.booking import booking_key
from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from pickup_contracts.policy import BandOverride, ListEntry, OperatorOverrides
from pickup_contracts.topics import ASSESSMENTS
from pickup_runtime import metrics
from pickup_runtime.clock import SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool, TopicReader
from risk_scorer.assess import Assessor, Incoming
from risk_scorer.claims import Claims
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys
from risk_scorer.fairness import DecisionCounts
from risk_scorer.judging import Judging
from risk_scorer.listing import hashes_of
from risk_scorer.outcomes.reported import reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy import shipped
from risk_scorer.policy.lists import Lists
from risk_scorer.policy.standing import Policy
from risk_scorer.policy_feed import Change
from risk_scorer.reassess import Again, Reassessor
from risk_scorer.reassess_loop import ReassessLoop
from risk_scorer.store import Store

from .events import Json, raw, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
#: No wall clock: the tests' bookings follow each other by the minute.
BEGINS = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Bench:
    """One worker's parts over a database of the test's own. Bookings come from partition 3."""

    def __init__(self, pool: Pool, producer: AIOKafkaProducer) -> None:
        self.pool = pool
        self.policy = Policy(shipped.program())
        self.outcomes = OutcomeStore(pool, KEYS)
        self.judging = Judging(
            Store(pool),
            shipped.program(),
            KEYS,
            opted_in=lambda _: False,
            outcomes=self.outcomes,
            policy=lambda: self.policy,
        )
        self.assessor = Assessor(self.judging)
        self.due = DueStore(pool)
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
        at = BEGINS + timedelta(minutes=minute)
        body = raw({**event, "operator_id": operator_id, "occurred_at": at.isoformat()})
        self._seq += 1
        taken = Incoming(operator_id, event["booking_id"], decode_booking(body), body, self._seq, at, 3)
        (answer,) = await self.assessor.assess([taken])
        return answer.result

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


@pytest.fixture
async def bench(database: MakePool, producer: AIOKafkaProducer) -> Bench:
    return Bench(await database("risk_scorer", "scorer"), producer)


def parcel(booking_id: str, *, home: str = "14 Meadow Close", phone: str = "+447700900101", **more: Any) -> Json:
    """A sealed parcel of no known content from a home to a car park: held for itself, and worse when it is linked."""
    event = scam(booking_id, **more)
    event["pickup"]["address"]["line1"] = home
    event["booker"]["phone"] = phone
    event["items"] = [{"description": "sealed parcel"}]
    return event


def status(booking_id: str, event_id: str, word: str) -> Json:
    return {"event_id": event_id, "booking_id": booking_id, "status": word}


async def test_a_second_home_with_the_same_phone_raises_the_first_booking(bench: Bench, operator_id: str) -> None:
    first = await bench.book(operator_id, parcel("first"), 0)
    assert first is not None
    assert first.booking_version == 1
    assert await bench.again() == []
    await bench.book(operator_id, parcel("second", home="7 Larch Grove"), 10)
    (raised,) = [one for one in await bench.again() if one.booking_id == "first"]
    assert (raised.cause, raised.booking_version) == ("linked_booking", 2)
    assert raised.score > first.score
    assert any("other home" in line for reason in raised.reasons for line in reason.evidence)
    assert raised.assessment_id != first.assessment_id
    assert await bench.again() == [], "and that is the end of it"
    # The next event goes on from there.
    later = await bench.book(operator_id, status("first", "first-2", "accepted"), 12)
    assert later is not None
    assert later.booking_version == 3
    assert later.score >= raised.score


async def test_what_is_over_or_given_up_is_left_alone(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("over"), 0)
    await bench.book(operator_id, status("over", "over-2", "cancelled"), 1)
    await bench.book(operator_id, parcel("forgotten"), 2)
    assert await bench.count("open_bookings") == 1
    await bench.book(operator_id, parcel("far-later", home="7 Larch Grove"), 60 * 24 * 3)
    assert await bench.again() == []
    await bench.due.give_up(BEGINS + timedelta(days=3))
    rows = await bench.pool.fetch("select booking_id from open_bookings")
    assert [row[0] for row in rows] == ["far-later"]


async def test_an_ordinary_booking_tells_nobody_anything(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("first"), 0)
    ride = {**parcel("ride"), "carries": "passenger", "items": [], "pickup": {"address": {"line1": "Tesco, High St"}}}
    ride["dropoff"] = {"address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "SG8 5AA"}}
    await bench.book(operator_id, ride, 5)
    assert await bench.count("reassessments_due") == 0
    # Nor is it told anything, whoever else books from that home with that number.
    await bench.book(operator_id, {**ride, "booking_id": "home-ride", "pickup": parcel("x")["pickup"]}, 6)
    await bench.book(operator_id, parcel("second"), 7)
    assert await bench.asked() == {"first"}


async def test_what_many_have_in_common_tells_them_of_no_one_more_but_of_what_becomes_of_it(
    bench: Bench, operator_id: str
) -> None:
    """A pharmacy's number on parcel after parcel: each was told of the dozen before it."""
    for number in range(14):
        other = parcel(f"b-{number}", home=f"{number + 1} Elm Row")
        other |= {
            "items": [{"description": "hearing aids for repair"}],
            "booker": {**other["booker"], "account": {"id": "A-1", "type": "business"}},
        }
        other["dropoff"] = {"address": {"line1": f"{number + 1} High St", "town": "Royston", "postcode": "SG8 5AA"}}
        made = await bench.book(operator_id, other, number)
        assert made is not None
        assert made.decision in ("allow", "review"), "that it is warned about would be news"
        if number == 12:
            assert await bench.asked() == {f"b-{earlier}" for earlier in range(12)}
            await bench.pool.execute("delete from reassessments_due")
    assert await bench.asked() == set()
    await bench.book(operator_id, status("b-13", "b-13-2", "cancelled"), 20)
    assert await bench.asked() == {f"b-{earlier}" for earlier in range(13)}


async def test_homes_that_were_warned_about_count_for_their_district_until_they_are_cleared(
    bench: Bench, operator_id: str
) -> None:
    """Also within one batch, and for three days."""

    async def district(minute: int, *, postcode: str = "SG8 5AA") -> bool:
        home = parcel(f"at-{minute}", home=f"{minute} High Row", phone=f"+4477009{minute:05d}")
        home["pickup"]["address"]["postcode"] = postcode
        home["items"] = [{"description": "clothes"}]
        there = {
            "line1": f"{minute} Larch Grove",
            "town": "Ely",
            "postcode": f"CB7 {minute % 9 + 1}{chr(65 + minute % 20)}A",
        }
        home["dropoff"] = {"address": there, "contact": {"name": "Ann Example", "phone": f"+4477008{minute:05d}"}}
        made = await bench.book(operator_id, home, minute)
        assert made is not None
        assert made.decision in ("allow", "review"), "not warned about itself"
        return "district-warned-about" in {reason.rule_id for reason in made.reasons}

    for number in range(2):
        scam_like = parcel(f"b-{number}", home=f"{number + 1} Elm Row", phone=f"+44770090055{number}")
        scam_like["pickup"]["address"]["postcode"] = "SG8 7BB"
        assert not await district(number)
        made = await bench.book(operator_id, scam_like, number)
        assert made is not None
        assert made.decision in ("warn", "hold_recommended")
    assert await district(10)
    assert not await district(11, postcode="SG9 5AA"), "another district"
    assert not await district(60 * 24 * 3 + 5)
    await bench.found(operator_id, "b-0", "cleared", 12)
    await bench.again()
    assert not await district(13), "what was cleared is no warning any more"


async def test_a_parcel_from_a_home_that_was_driven_back_from_a_bank_is_told_so(bench: Bench, operator_id: str) -> None:
    """Only the address links the two, for three days; a ride to another home, or from a shop, says nothing."""

    async def told(booking_id: str, minute: int, home: str = "14 Meadow Close") -> bool:
        made = await bench.book(operator_id, parcel(booking_id, home=home, phone=f"+44770090{minute:04d}"), minute)
        assert made is not None
        return "back-from-the-bank-then-parcel" in {reason.rule_id for reason in made.reasons}

    async def ride(booking_id: str, minute: int, start: str, home: str) -> None:
        scam_like = parcel(booking_id, home=home, phone="+447700900777")
        there = {**scam_like["pickup"], "contact": {"name": "P Example"}}
        event: Json = {key: scam_like[key] for key in ("event_id", "booking_id", "operator_id") if key in scam_like}
        event |= {"status": "requested", "service": "taxi", "carries": "passenger", "dropoff": there}
        event["pickup"] = {"address": {**there["address"], "line1": start}}
        event["booker"] = {"name": "P Example", "phone": "+447700900777"}
        assert await bench.book(operator_id, event, minute) is not None

    assert not await told("before", 0)
    await ride("from-shop", 1, "Tesco, High Street", "9 Elm Row")
    assert not await told("shop", 2, "9 Elm Row")
    await ride("from-bank", 3, "Barclays Bank, High Street", "14 Meadow Close")
    assert await told("after", 60)
    assert not await told("neighbour", 61, "16 Meadow Close")
    assert not await told("later", 60 * 24 * 3 + 4)


async def test_what_a_driver_saw_as_the_job_ended_is_known_when_the_same_home_books_again(
    bench: Bench, operator_id: str
) -> None:
    """Nobody calls it suspicious; what is written is what one is suspicious of."""

    def ride(booking_id: str) -> Json:
        place = {"address": {"line1": "Peel Square", "town": "Barnsley", "postcode": "S70 6TJ"}}
        return {
            **parcel(booking_id),
            "service": "taxi",
            "carries": "passenger",
            "items": [],
            "dropoff": place,
            "notes": {},
        }

    first = await bench.book(operator_id, ride("first"), 0)
    said = {"office": "drv brought him back in, someone on the phone telling him to get money out"}
    await bench.book(operator_id, {**status("first", "first-2", "cancelled"), "notes": said}, 5)
    second = await bench.book(operator_id, ride("second"), 40)
    assert first is not None
    assert second is not None
    rebooked = "refused-on-suspicion-and-rebooked"
    assert rebooked not in {reason.rule_id for reason in first.reasons}
    assert rebooked in {reason.rule_id for reason in second.reasons}
    ordinary = {"office": "customer changed his mind"}
    other = ride("third") | {"pickup": parcel("x", home="2 Elm Row")["pickup"], "booker": {"phone": "+447700900777"}}
    await bench.book(operator_id, other, 50)
    await bench.book(operator_id, {**status("third", "third-2", "cancelled"), "notes": ordinary}, 55)
    fourth = await bench.book(operator_id, {**other, "booking_id": "fourth", "event_id": "fourth-1"}, 60)
    assert fourth is not None
    assert rebooked not in {reason.rule_id for reason in fourth.reasons}


async def test_what_the_office_found_is_known_to_its_booking_and_to_linked_ones(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("first"), 0)
    await bench.book(operator_id, status("first", "first-2", "cancelled"), 5)
    second = await bench.book(operator_id, parcel("second"), 10)
    other = await bench.book(operator_id, parcel("other", phone="+447700900555", home="2 Elm Row"), 11)
    await bench.again()
    assert second is not None
    assert other is not None
    await bench.found(operator_id, "first", "confirmed_scam", 15)
    changed = {one.booking_id: one for one in await bench.again()}
    assert "first" not in changed, "it is over: nobody is to be warned of it"
    assert changed["second"].cause == "linked_booking"
    assert "linked-to-a-scam" in {reason.rule_id for reason in changed["second"].reasons}
    assert changed["second"].decision in ("warn", "hold_recommended")

    await bench.found(operator_id, "other", "suspected_scam", 16, by="driver")
    suspected = {one.booking_id: one for one in await bench.again()}["other"]
    assert (suspected.cause, suspected.booking_version > other.booking_version) == ("outcome_reported", True)
    assert "suspected-at-the-door" in {reason.rule_id for reason in suspected.reasons}
    await bench.found(operator_id, "other", "cleared", 17)
    cleared = {one.booking_id: one for one in await bench.again()}["other"]
    assert cleared.score < suspected.score, "a floor stays: that it was looked into closes the alert, not the score"
    assert "cleared-by-the-office" in {reason.rule_id for reason in cleared.reasons}
    # Also a later event of the booking knows it.
    later = await bench.book(operator_id, status("other", "other-2", "accepted"), 18)
    assert later is not None
    assert "cleared-by-the-office" in {reason.rule_id for reason in later.reasons}


async def test_a_policy_reaches_what_is_open(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("open"), 0)
    elsewhere = {"address": {"line1": "Car park, Canal Road", "town": "Leeds", "postcode": "LS1 1AA"}}
    await bench.book(operator_id, parcel("over", phone="+447700900102", home="1 Elm Row", dropoff=elsewhere), 0)
    await bench.book(operator_id, status("over", "over-2", "delivered"), 1)
    await settle(bench)
    overrides = OperatorOverrides(
        operator_id=operator_id,
        bands=BandOverride(review=97, warn=98, hold_recommended=99),
        published_at=BEGINS,
        published_by="test",
    )
    bench.policy = bench.policy.with_overrides({operator_id: overrides})
    again = await settle(bench)
    assert [(one.result.booking_id, one.result.cause) for one in again.changed] == [("open", "policy_changed")]
    assert again.changed[0].result.decision == "warn", "where its floor holds it"
    assert (await settle(bench)).judged == 0, "once for each edition"
    # Another worker, or this one after a restart, finds it settled.
    assert await bench.due.unsettled([3], bench.policy.edition) == set()


async def settle(bench: Bench) -> Again:
    """One round of a worker that has just started, at the time of the bookings."""
    if await bench.due.unsettled([3], bench.policy.edition):
        await bench.due.settle([3], bench.policy.edition, BEGINS + timedelta(minutes=30))
    return await bench.reassessor.run([3])


async def test_a_list_entry_reaches_those_whom_it_names(bench: Bench, operator_id: str) -> None:
    await bench.book(operator_id, parcel("named"), 0)
    await bench.book(operator_id, parcel("another", phone="+447700900102", home="1 Elm Row"), 0)
    await bench.again()
    entry = ListEntry(
        entry_id="e-1",
        list_name="watch",
        kind="phone",
        entities=hashes_of(KEYS, "phone", "07700 900101", operator_id),
        band="hold_recommended",
        reason="named by two victims",
        source="police liaison",
        added_at=BEGINS,
        added_by="test",
        expires_at=BEGINS + timedelta(days=30),
        operator_id=operator_id,
    )
    bench.policy = bench.policy.with_lists(Lists([entry]))
    at = BEGINS + timedelta(minutes=20)
    await bench.due.ask_open([3], at, entities=list(entry.entities))
    (named,) = await bench.again()
    assert (named.booking_id, named.decision, named.cause) == ("named", "hold_recommended", "policy_changed")


async def test_a_worker_publishes_each_once_and_what_another_left_behind(
    bench: Bench, operator_id: str, read_topics: Callable[..., Awaitable[TopicReader]]
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
    bench: Bench, operator_id: str, read_topics: Callable[..., Awaitable[TopicReader]]
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
        return await self._halving(self._read)


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
