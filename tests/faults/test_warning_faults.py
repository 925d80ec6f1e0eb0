"""Texts are dead for most of a minute; meanwhile the notifier is killed between sending and recording, the broker and
the database restart: people are told before it is too late, once, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from standins.operator_system import OperatorSystem
from standins.twilio_api import SID, TOKEN, TwilioApi

from pickup_contracts.assessment import Assessment, Premises, Reason, RulesetRef, assessment_id
from pickup_contracts.booking import booking_key
from pickup_contracts.codec import encode
from pickup_contracts.office import AlertBudget, Ladders, Rung
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.kafka import start_producer
from pickupctl.commands import operator, secret
from pickupctl.stack.local import LocalStack
from tests.integration.events import raw, scam
from tests.stack import OPERATOR, fetch, running_beside, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_PER_S = 20
#: The whole minute that is promised.
_DEAD_S = 60.0
_DATABASE_AWAY_S = 6.0
#: From a decision to the last safe moment: a driver who is two minutes away.
_LEAD = timedelta(seconds=120)
#: What the provider of texts does while it is dead: it takes one and never answers, refuses, breaks off, hangs.
_DEAD = ["lost", "500", "reset", "hang"] * 5000


class Office(OperatorSystem):
    """The operator's own system; remembers when each of its messages came, and may take its time to answer."""

    def __init__(self, signing: str) -> None:
        super().__init__([signing])
        self.came: list[tuple[float, str, bytes]] = []
        self.waiting = 0
        self.answering = asyncio.Event()
        self.answering.set()

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        self.came.append((time.time(), request.headers["webhook-id"], await request.read()))
        self.waiting += 1
        await self.answering.wait()
        self.waiting -= 1
        return await super()._hook(request)


class Decisions:
    """Bookings and decisions to warn of them, at a steady pace, each until the broker has it."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.act_before: dict[str, float] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as sending:
            try:
                while True:
                    sending.create_task(self._decide(f"w{len(self.act_before)}", len(self.act_before)))
                    await asyncio.sleep(1 / _PER_S)
            except asyncio.CancelledError:
                return

    async def _decide(self, booking_id: str, number: int) -> None:
        now = datetime.now(UTC)
        self.act_before[booking_id] = (now + _LEAD).timestamp()
        key = booking_key(OPERATOR, booking_id)
        driver = {"id": f"d{number}", "phone": f"+4477009{number:05d}"}
        eta = (now + _LEAD).isoformat()
        booked = raw(scam(booking_id, operator_id=OPERATOR, revision=1, driver=driver, driver_eta=eta))
        await self._send(BOOKING_EVENTS.name, key, booked)
        await self._send(ASSESSMENTS.name, key, encode(_assessment(booking_id, now)))

    async def _send(self, topic: str, key: bytes, value: bytes) -> None:
        while True:
            try:
                await self._producer.send_and_wait(topic, key=key, value=value)
                return
            except KafkaError:
                await asyncio.sleep(0.3)


def _assessment(booking_id: str, now: datetime) -> Assessment:
    return Assessment(
        assessment_id=assessment_id(OPERATOR, booking_id, 1, "faults"),
        operator_id=OPERATOR,
        booking_id=booking_id,
        booking_version=1,
        cause="booking_changed",
        decision="hold_recommended",
        score=90,
        pattern="parcel_from_home",
        reasons=[Reason("one", "A reason to read", 90, ["items"])],
        premises=Premises(),
        act_before=now + _LEAD,
        too_late=False,
        ruleset=RulesetRef("faults", "1"),
        assessed_at=now,
    )


class Line:
    """A notifier with its servers, the operator's system and the provider of texts."""

    def __init__(self, stack: LocalStack, office: Office, texts: TwilioApi, decisions: Decisions) -> None:
        self.stack = stack
        self.office = office
        self.texts = texts
        self.decisions = decisions

    def text_goes_dead(self) -> None:
        self.texts.faults = list(_DEAD)  # type: ignore[arg-type]

    def text_comes_back(self) -> None:
        self.texts.faults = []
        self.texts.end()

    async def kill_between_sending_and_recording(self) -> set[str]:
        """Nothing can be recorded while somebody holds the audit; what is answered meanwhile is lost with the process.
        Returns the ids of the messages of which it has no record."""
        self.office.answering.clear()

        async def sent() -> bool:
            return self.office.waiting >= 3

        await until(sent, "messages on their way", timeout_s=15)
        holding = await asyncpg.connect(self.stack.postgres.dsn())
        try:
            async with holding.transaction():
                await holding.execute("lock table notifier.audit_heads in access exclusive mode")
                unrecorded = await holding.fetch("select delivery_id from notifier.deliveries where state = 'due'")
                self.office.answering.set()
                await asyncio.sleep(0.5)
                assert self.office.waiting == 0, "not answered"
                await asyncio.to_thread(self.stack.kill_service, "notifier")
        finally:
            await holding.close()
        return {str(row[0]) for row in unrecorded}


@asynccontextmanager
async def line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    signing = secret.new_secret()
    async with (
        TwilioApi().running() as texts,
        Office(signing).running() as office,
        running_beside(folder, services=()) as stack,
    ):
        for name, value in {
            "PICKUP_TWILIO_API": texts.url,
            "PICKUP_TWILIO_ACCOUNT_SID": SID,
            "PICKUP_TWILIO_AUTH_TOKEN": TOKEN,
            "PICKUP_SMS_FROM": "+441632960999",
        }.items():
            monkeypatch.setenv(name, value)
        await secret.put(OPERATOR, "webhook", signing)
        profile = OperatorProfile(
            operator_id=OPERATOR,
            name="Test Cars",
            webhook=Webhook(url=f"{office.url}/hook"),
            ladders=Ladders(warning=[Rung(who="dispatcher", by="webhook"), Rung(who="driver", by="sms")]),
            alert_budget=AlertBudget(per_hour=100_000),
        )
        await operator.publish(stack.env["PICKUP_KAFKA_BOOTSTRAP"], profile)
        await asyncio.to_thread(stack.start_services, ["notifier"])
        producer = await start_producer(stack.env["PICKUP_KAFKA_BOOTSTRAP"])
        try:
            yield Line(stack, office, texts, Decisions(producer))
        finally:
            await producer.stop()


async def test_people_are_told_in_time_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with line(tmp_path, monkeypatch) as it:
        deciding = asyncio.create_task(it.decisions.run())
        await asyncio.sleep(2)
        it.text_goes_dead()
        died = time.monotonic()
        await asyncio.sleep(2)
        unrecorded = await it.kill_between_sending_and_recording()
        await asyncio.sleep(12)
        await asyncio.to_thread(it.stack.kafka.restart)
        await asyncio.sleep(4)
        await asyncio.to_thread(it.stack.postgres.stop)
        await asyncio.sleep(_DATABASE_AWAY_S)
        await asyncio.to_thread(it.stack.postgres.start)
        await asyncio.sleep(max(0.0, died + _DEAD_S - time.monotonic()))
        it.text_comes_back()
        await asyncio.sleep(2)
        deciding.cancel()
        await deciding
        decided = it.decisions.act_before

        async def all_told() -> bool:
            waiting = await fetch(it.stack, "select count(*) from notifier.deliveries where state = 'due'")
            alerts = await fetch(it.stack, "select count(*) from notifier.alerts")
            return bool(waiting[0][0] == 0 and alerts[0][0] >= len(decided))

        await until(all_told, "nothing waits any more", timeout_s=75)
        rows = await fetch(
            it.stack,
            "select delivery_id::text, booking_id, channel, telling, state, first_attempt_at from notifier.deliveries",
        )
        alerts = await fetch(it.stack, "select booking_id from notifier.alerts")
        deliveries = {row["delivery_id"]: row for row in rows}
        first: dict[str, float] = {}
        for at, identity, _ in it.office.came:
            first.setdefault(deliveries[identity]["booking_id"], at)
        in_time = sum(1 for booking_id, until_then in decided.items() if first.get(booking_id, 1e12) <= until_then)
        webhooks = Counter(identity for _, identity, _ in it.office.came)
        again = {identity for identity, count in webhooks.items() if count > 1}
        texts = Counter(one["form"]["Body"].rpartition(" #")[2] + one["form"]["To"] for one in it.texts.made)
        # Where the decision overtook the booking, its driver is told once known, and so is the operator's system.
        late = [row for row in rows if (row["channel"], row["telling"]) == ("webhook", "driver")]
        overtaken = {row["booking_id"] for row in rows if (row["channel"], row["telling"]) == ("sms", "driver")}
        states = Counter((row["channel"], row["state"]) for row in rows if row not in late)
        with capsys.disabled():
            print(  # noqa: T201  the counts are the point
                f"\n  {len(decided)} decisions, {len(alerts)} alerts, {in_time} attempted before act_before "
                f"({in_time / len(decided):.2%}), texts dead for {_DEAD_S:.0f} s\n  {len(webhooks)} webhooks, "
                f"{len(again)} of them sent again under the same id after the kill, which left {len(unrecorded)} "
                f"messages unrecorded; {len(texts)} texts, {sum(texts.values()) - len(texts)} of them twice; "
                f"{it.texts.requests} requests to their provider\n  {dict(states)}"
            )
        assert len(alerts) == len(decided)
        assert {row["booking_id"] for row in alerts} == set(decided)
        assert in_time >= 0.999 * len(decided)
        assert again <= unrecorded
        assert again, "the notifier was not killed between sending and recording"
        assert len({(identity, body) for _, identity, body in it.office.came}) == len(webhooks), "another body"
        assert set(texts.values()) == {1}
        assert states == {("webhook", "delivered"): len(decided), ("sms", "sent"): len(decided)}
        assert Counter(row["booking_id"] for row in late) == dict.fromkeys(overtaken, 1)
        assert {row["state"] for row in late} <= {"delivered"}
        assert len(texts) == len(decided)
