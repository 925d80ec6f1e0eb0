"""Ladders on a real database: nearest deadline first, the next rung when one fails, the duty manager at the end."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from notifier.actions import Actions, Actor
from notifier.alerts.alert import Alert
from notifier.channels.channel import Attempt, Channel
from notifier.channels.message import Message
from notifier.consumer import Consumer
from notifier.delivery import DeliveryLoop
from notifier.escalation import Escalation
from notifier.live import Bell
from notifier.receipts import Receipts
from notifier.rung_rows import Doors, Settled
from notifier.store import Delivery, Store
from notifier.telling import Teller
from pickup_contracts.alert import alert_id
from pickup_contracts.office import AlertBudget, Ladders, OfficeContact, Rung
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import SystemClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool

from .test_notifier import Desk

DELIVERED = Attempt("delivered")
INES = Actor("Ines")


class Line:
    """A channel that keeps what it is given and answers as it is told; it can be made to hang."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: list[Delivery] = []
        self.answer: Callable[[Delivery], Attempt] = lambda _: DELIVERED
        self.open = asyncio.Event()
        self.open.set()

    async def attempt(self, delivery: Delivery) -> Attempt:
        self.got.append(delivery)
        await self.open.wait()
        return self.answer(delivery)

    def recipients(self) -> list[str]:
        return [one.recipient for one in self.got]


class Office(Desk):
    """A notifier with channels of the test's own, whose loops the test starts."""

    store: Store
    lines: dict[str, Line]
    actions: Actions
    escalation: Escalation
    receipts: Receipts
    running: list[asyncio.Task[None]]
    bell: Bell

    def start(self, *, at_once: int = 16) -> None:
        channels: dict[str, Channel] = dict(self.lines)
        loop = DeliveryLoop(self.store, channels, SystemClock(), self.bell, at_once=at_once)
        self.running.append(asyncio.create_task(loop.run()))

    async def until(self, check: Callable[[], Any], what: str, *, timeout_s: float = 10.0) -> Any:
        ends = asyncio.get_running_loop().time() + timeout_s
        while True:
            found = check()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            assert asyncio.get_running_loop().time() < ends, what
            await asyncio.sleep(0.02)

    async def state(self, channel: str, recipient: str | None = None) -> list[str]:
        rows = await self.pool.fetch(
            "select state from deliveries where channel = $1 and ($2::text is null or recipient = $2) order by change",
            channel,
            recipient,
        )
        return [row[0] for row in rows]

    async def current(self, booking_id: str = "b") -> Alert:
        found = await self.store.alert(self.operator_id, alert_id(self.operator_id, booking_id))
        assert found is not None
        return found

    async def steps(self) -> list[str]:
        rows = await self.pool.fetch("select body from feed where operator_id = $1 order by position", self.operator_id)
        return [json.loads(row[0])["type"] for row in rows]

    def set_up(self, **more: Any) -> None:
        profile = self.operators.get(self.operator_id)
        assert profile is not None
        self.operators.put(msgspec.structs.replace(profile, **more))


@pytest.fixture
async def office(operator_id: str, database: MakePool, producer: AIOKafkaProducer) -> AsyncIterator[Office]:
    pool = await database("notifier", "notifier")
    store, operators, clock, bell = Store(pool), OperatorDirectory(), SystemClock(), Bell()
    operators.put(
        OperatorProfile(
            operator_id=operator_id,
            name="X",
            webhook=Webhook(url="https://x.example/hook"),
            contacts=[
                OfficeContact(role="dispatcher", name="Desk", sms="+447700900001", voice="+447700900001"),
                OfficeContact(role="duty_manager", name="Ada", sms="+447700900003"),
            ],
        )
    )
    lines = {name: Line(name) for name in ("webhook", "sms", "voice")}
    teller = Teller(operators, channels=frozenset(lines))
    made = Office(operator_id, pool, store, Consumer(store, producer, operators, clock, teller), operators)
    made.lines, made.running, made.bell = lines, [], bell
    made.actions = Actions(store, operators, teller, clock)
    made.escalation = Escalation(store, teller, clock, bell)
    made.receipts = Receipts(store, clock)
    yield made
    for task in made.running:
        task.cancel()
    await asyncio.gather(*made.running, return_exceptions=True)


def due(operator_id: str, number: int, deadline: datetime, **more: Any) -> Delivery:
    now = datetime.now(UTC) - timedelta(minutes=30)
    made = Delivery(uuid4(), uuid4(), operator_id, f"b-{number}", "webhook", b"{}", deadline, 0, now)
    return msgspec.structs.replace(made, due_at=now, **more)


def early(one: Delivery) -> datetime:
    """By when it counts: a likely scam ten minutes before its deadline."""
    return one.deadline - (timedelta(minutes=10) if one.urgent else timedelta(0))


async def test_with_three_times_more_than_can_be_carried_the_nearest_deadlines_and_likely_scams_go_first(
    office: Office,
) -> None:
    """Of thirty due at once there is room for ten at a time. In time before late, and in each the nearest deadline
    first, a likely scam as if its deadline were ten minutes earlier."""
    now = datetime.now(UTC)
    load = [due(office.operator_id, n, now + timedelta(minutes=(n * 7) % 24 + 1), urgent=n % 5 == 0) for n in range(24)]
    late = [due(office.operator_id, 100 + n, now - timedelta(minutes=n + 1), urgent=n % 2 == 0) for n in range(6)]
    async with office.store.batch() as batch:
        await batch.rungs.add([*late, *load])
    claimed: list[Delivery] = []
    while found := await office.store.claim_deliveries(now, lease_s=30, doors=Doors({"webhook": 10})):
        assert len(found) <= 10
        claimed += found

    expected = sorted(load, key=early) + sorted(late, key=early)
    assert [early(one) for one in claimed] == [early(one) for one in expected]
    assert {one.delivery_id for one in claimed} == {one.delivery_id for one in expected}
    first = claimed[:10]
    urgent = [one for one in load if one.urgent]
    assert all(one in first or early(one) > early(first[-1]) for one in claimed if one.urgent and one.deadline > now)
    nearest_scam, nearest = min(urgent, key=early), min(load, key=early)
    assert claimed[0].delivery_id == nearest.delivery_id == nearest_scam.delivery_id


async def test_an_hour_of_three_times_the_load_costs_no_likely_scam_its_time_and_wastes_no_attempt(
    office: Office,
) -> None:
    """Each minute thirty more are due and ten can be attempted. All of the likely scams, and as many others as there
    is room for, are attempted before their deadline; what waits is what has the most time left, or none."""
    begins, room = datetime.now(UTC), 10
    made: dict[UUID, Delivery] = {}
    attempted: dict[UUID, datetime] = {}
    for minute in range(60):
        now = begins + timedelta(minutes=minute)
        fresh = [
            msgspec.structs.replace(
                due(office.operator_id, minute * 30 + n, now + timedelta(minutes=(n * 7 + minute) % 16 + 5)),
                due_at=now,
                urgent=n % 10 == 0,
            )
            for n in range(3 * room)
        ]
        made |= {one.delivery_id: one for one in fresh}
        async with office.store.batch() as batch:
            await batch.rungs.add(fresh)
        claimed = await office.store.claim_deliveries(now, lease_s=30, doors=Doors({"webhook": room}))
        assert len(claimed) == room
        taken = {one.delivery_id for one in claimed}
        waiting = [one for key, one in made.items() if key not in {*attempted, *taken} and one.deadline > now]
        assert max(map(early, claimed)) <= min(map(early, waiting)), "who waits has more time left"
        attempted |= dict.fromkeys(taken, now)
        async with office.store.batch() as batch:
            for one in claimed:
                await batch.rungs.settle([Settled(one.delivery_id, "delivered")], now)
    ended = begins + timedelta(minutes=60)
    late = [key for key, at in attempted.items() if at >= made[key].deadline]
    assert late == [], "nothing is attempted late while something can still be in time"
    assert len(attempted) == 60 * room
    urgent = [key for key, one in made.items() if one.urgent and one.deadline <= ended]
    assert len(urgent) > 100
    assert [key for key in urgent if key not in attempted] == [], "every likely scam in time"


async def test_two_workers_share_the_work_and_nothing_is_attempted_twice(office: Office) -> None:
    deadline = datetime.now(UTC) + timedelta(minutes=10)
    async with office.store.batch() as batch:
        await batch.rungs.add([due(office.operator_id, n, deadline) for n in range(90)])
    office.start(at_once=4)
    office.start(at_once=4)
    line = office.lines["webhook"]
    await office.until(lambda: len(line.got) >= 90, "all ninety attempted")
    counts = Counter(one.delivery_id for one in line.got)
    assert len(counts) == 90
    assert set(counts.values()) == {1}


async def test_a_channel_that_hangs_keeps_no_other_waiting(office: Office) -> None:
    office.lines["webhook"].open.clear()
    office.start(at_once=2)
    await office.consumer.handle([office.assessment("warn", booking_id=f"h-{n}") for n in range(6)])
    sms = office.lines["sms"]
    await office.until(lambda: len(sms.got) == 6, "six text messages while the webhook hangs")
    assert len(office.lines["webhook"].got) == 2
    office.lines["webhook"].open.set()
    await office.until(lambda: len(office.lines["webhook"].got) == 6, "the rest once it is back")


async def test_the_office_is_told_at_once_when_the_driver_has_no_phone(office: Office) -> None:
    office.start()
    await office.consumer.handle([office.event(1, driver={"id": "d-1"}), office.assessment("warn")])
    await office.until(lambda: office.lines["sms"].recipients() == ["dispatcher-1"], "the dispatcher's text message")
    body = msgspec.json.decode(office.lines["sms"].got[0].body, type=Message)
    assert body.to == "+447700900001"
    assert body.text.startswith("CHECK job b by ")
    for personal in ("Meadow", "Stranger", "900101", "Example", "Royston"):
        assert personal not in body.text


async def test_the_driver_is_told_first_and_the_next_rung_comes_when_that_fails(office: Office) -> None:
    sms = office.lines["sms"]
    sms.answer = lambda one: Attempt("refused", "unknown number") if one.recipient == "driver" else DELIVERED
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])
    await office.until(
        lambda: sms.recipients() == ["driver", "dispatcher-1"], "the dispatcher told in the driver's place"
    )
    assert await office.state("sms", "driver") == ["failed"]
    records = await office.store.deliveries(alert_id(office.operator_id, "b"))
    (to_driver,) = [one for one in records if one.audience == "driver"]
    assert (to_driver.text or "").startswith("CHECK BEFORE YOU COLLECT"), "the office sees what the driver was told"


async def test_a_channel_that_does_not_deliver_by_its_share_is_given_up_for_the_next(office: Office) -> None:
    ladder = [
        Rung(who="driver", by="sms"),
        Rung(who="driver", by="voice", after_share=0.2),
        Rung(who="dispatcher", by="webhook"),
    ]
    office.set_up(ladders=Ladders(warning=ladder))
    office.lines["sms"].answer = lambda _: Attempt("try_again", "answered 503")
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=8)])
    await office.until(lambda: office.lines["voice"].recipients() == ["driver"], "the call after the text message")

    async def given_up() -> bool:
        return await office.state("sms") == ["abandoned"]

    await office.until(given_up, "the text message is given up")
    tries = len(office.lines["sms"].got)
    assert tries >= 2
    assert len({one.delivery_id for one in office.lines["sms"].got}) == 1
    await asyncio.sleep(1.2)
    assert len(office.lines["sms"].got) == tries


async def test_who_takes_it_on_is_not_rung_again_and_the_system_and_the_driver_are(office: Office) -> None:
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])
    taken = await office.actions.acknowledge(office.operator_id, alert_id(office.operator_id, "b"), INES)
    assert isinstance(taken, Alert)
    assert set(await office.state("sms", "dispatcher-1")) == {"cancelled"}
    assert set(await office.state("sms", "duty_manager-2")) == {"cancelled"}
    assert await office.state("sms", "driver") == ["due"]
    assert await office.state("webhook") == ["due"]
    assert await office.escalation.sweep() == 0


async def test_what_nobody_takes_on_expires_and_goes_to_the_duty_manager_once(office: Office) -> None:
    office.start()
    await office.consumer.handle([office.assessment("warn", eta_s=1)])
    await asyncio.sleep(1.2)
    assert await office.until(office.escalation.sweep, "the sweep finds it") == 1
    assert await office.escalation.sweep() == 0
    alert = await office.current()
    assert (alert.state, alert.escalated_to) == ("expired", "duty_manager")

    async def pressed() -> bool:
        told = [one for one in office.lines["sms"].got if one.telling == "expired"]
        return [one.recipient for one in told] == ["duty_manager-2"]

    await office.until(pressed, "the duty manager's text message")
    expired = [one for one in office.lines["webhook"].got if one.telling == "expired"]
    assert json.loads(expired[0].body)["type"] == "pickup.alert.expired"
    steps = await office.steps()
    assert {"expired", "escalated"} <= set(steps)
    taken = await office.actions.acknowledge(office.operator_id, alert.alert_id, INES)
    assert isinstance(taken, Alert)
    assert taken.state == "acknowledged"


async def test_an_eta_moves_what_waits(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn", eta_s=3600)])
    before = await office.pool.fetchrow("select * from deliveries where recipient = 'duty_manager-2'")
    soon = datetime.now(UTC) + timedelta(seconds=300)
    await office.consumer.handle([office.event(2, driver_eta=soon.isoformat())])
    after = await office.pool.fetchrow("select * from deliveries where recipient = 'duty_manager-2'")
    assert after["deadline"] == soon
    assert after["due_at"] < before["due_at"] - timedelta(minutes=30)
    assert after["claim_by"] - after["deadline"] == before["claim_by"] - before["deadline"]
    assert (await office.current()).deadline == soon


async def test_a_new_driver_is_told_and_the_old_one_no_more(office: Office) -> None:
    first, second = {"id": "d-1", "phone": "+447700900111"}, {"id": "d-2", "phone": "+447700900222"}
    await office.consumer.handle([office.event(1, driver=first), office.assessment("warn")])
    await office.consumer.handle([office.event(2, driver=second)])
    office.start()
    sms = office.lines["sms"]
    await office.until(lambda: "driver" in sms.recipients(), "the new driver told")
    await asyncio.sleep(0.3)
    told = [msgspec.json.decode(one.body, type=Message).to for one in sms.got if one.recipient == "driver"]
    assert told == ["+447700900222"]


async def sent(office: Office) -> UUID:
    office.lines["sms"].answer = lambda one: Attempt("sent", provider_id=f"SM-{one.recipient}")
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])

    async def accepted() -> bool:
        return await office.state("sms", "driver") == ["sent"]

    await office.until(accepted, "the provider has it")
    return office.lines["sms"].got[0].delivery_id


async def test_a_receipt_moves_what_was_sent_once(office: Office) -> None:
    delivery_id, now = await sent(office), datetime.now(UTC)
    provider = await office.pool.fetchval("select provider_id from deliveries where delivery_id = $1", delivery_id)
    assert provider == "SM-driver"
    assert await office.receipts.take(delivery_id, "delivered", now)
    assert not await office.receipts.take(delivery_id, "failed", now), "the first word stands"
    assert not await office.receipts.take(uuid4(), "delivered", now)
    assert await office.state("sms", "driver") == ["delivered"]
    assert (await office.current()).reach == "delivered"


async def test_a_receipt_that_says_no_brings_the_next_rung(office: Office) -> None:
    delivery_id = await sent(office)
    assert await office.receipts.take(delivery_id, "failed", datetime.now(UTC), "undelivered 30003")
    await office.until(lambda: "dispatcher-1" in office.lines["sms"].recipients(), "the dispatcher told instead")


async def test_a_receipt_that_never_comes_brings_the_next_rung_too(office: Office) -> None:
    delivery_id = await sent(office)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await office.pool.execute("update deliveries set give_up_at = $2 where delivery_id = $1", delivery_id, past)
    await office.escalation.sweep()
    await office.until(lambda: "dispatcher-1" in office.lines["sms"].recipients(), "the dispatcher told instead")
    assert await office.state("sms", "driver") == ["abandoned"]
    assert await office.receipts.take(delivery_id, "delivered", datetime.now(UTC)), "it arrived after all"
    assert await office.state("sms", "driver") == ["delivered"]


async def test_a_flood_is_kept_on_the_page_by_score_and_a_likely_scam_is_told(office: Office) -> None:
    office.set_up(alert_budget=AlertBudget(per_hour=12))
    for number in range(8):
        await office.consumer.handle([office.assessment("warn", booking_id=f"f-{number}")])
    await office.consumer.handle([office.assessment("hold_recommended", booking_id="scam")])
    rows = await office.pool.fetch("select booking_id, rationed from alerts order by raised_at")
    rationed = {row["booking_id"] for row in rows if row["rationed"]}
    assert 0 < len(rationed) < 8
    assert "f-0" not in rationed
    assert "scam" not in rationed
    told = {row[0] for row in await office.pool.fetch("select booking_id from deliveries where channel = 'webhook'")}
    assert told == {row["booking_id"] for row in rows} - rationed
    assert (await office.steps()).count("rationed") == len(rationed)
    first = [alert.booking_id for alert in await office.store.unclosed(office.operator_id)]
    assert set(first[: 9 - len(rationed)]) == told, "what was told stands before what was not"


async def test_what_is_overtaken_while_it_is_attempted_is_not_tried_again(office: Office) -> None:
    line = office.lines["webhook"]
    line.answer = lambda one: Attempt("try_again", "answered 503") if one.change == 1 else DELIVERED
    line.open.clear()
    office.start()
    await office.consumer.handle([office.assessment("warn")])
    await office.until(lambda: len(line.got) == 1, "the first attempt under way")
    await office.consumer.handle([office.assessment("hold_recommended", 2)])
    line.open.set()

    async def settled() -> bool:
        return await office.state("webhook") == ["superseded", "delivered"]

    await office.until(settled, "the newer one delivered, the older one left")
    await asyncio.sleep(1.3)
    assert [one.change for one in line.got] == [1, 2]


async def test_old_messages_lose_their_words(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    await office.pool.execute("update deliveries set state = 'delivered', created_at = now() - interval '49 hours'")
    assert await office.store.blank_bodies(datetime.now(UTC)) > 0
    assert await office.store.blank_bodies(datetime.now(UTC)) == 0
    assert await office.pool.fetchval("select max(length(body)) from deliveries") == 0


async def test_outcomes_go_when_their_topic_forgets_them(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    await office.actions.confirm_scam(office.operator_id, alert_id(office.operator_id, "b"), INES)
    late = datetime.now(UTC) + timedelta(days=91)
    await office.store.blank_bodies(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 1, "not before it is on its topic"
    await office.pool.execute("update outcomes set published = true")
    await office.store.blank_bodies(datetime.now(UTC))
    assert await office.pool.fetchval("select count(*) from outcomes") == 1
    await office.store.blank_bodies(late)
    assert await office.pool.fetchval("select count(*) from outcomes") == 0
