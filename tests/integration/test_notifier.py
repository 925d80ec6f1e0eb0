"""The notifier on a real broker and database: one alert a booking, told in time, closed when it is over."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer
from cryptography.fernet import Fernet
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from notifier.channels.webhook import WebhookChannel
from notifier.consumer import Consumer
from notifier.delivery import DeliveryLoop
from notifier.driver_page.links import DriverLinks, Ticket
from notifier.feed import publish_feed
from notifier.live import Bell, listen
from notifier.outbox import Outbox
from notifier.rung_rows import Delivery
from notifier.secret_box import SecretBox
from notifier.store import Store
from notifier.telling import Teller
from pickup_contracts.codec import encode
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_contracts.topics import ALERTS, ASSESSMENTS, dead_letter
from pickup_runtime.clock import SystemClock
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool, MakeReader
from tests.integration.desk import Desk

LINKS = DriverLinks(secrets.token_bytes(32), "https://guard.example")
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Receiver:
    """An operator's own system: checks signatures, keeps what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.forged = 0
        self.answers: list[Callable[[], web.StreamResponse]] = []
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        try:
            Signer(SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.forged += 1
            return web.Response(status=401)
        self.got.append((request.headers["webhook-id"], json.loads(body)))
        return self.answers.pop(0)() if self.answers else web.Response(status=204)

    async def until(self, count: int, timeout_s: float = 10.0) -> list[tuple[str, dict[str, Any]]]:
        ends = asyncio.get_running_loop().time() + timeout_s
        while len(self.got) < count:
            assert asyncio.get_running_loop().time() < ends, f"{len(self.got)} webhooks came, {count} were expected"
            await asyncio.sleep(0.02)
        return self.got


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
async def desk(
    operator_id: str,
    database: MakePool,
    postgres: EmbeddedPostgres,
    producer: AIOKafkaProducer,
    receiver: Receiver,
) -> AsyncIterator[Desk]:
    pool = await database("notifier", "notifier")
    store, operators, clock, bell = Store(pool), OperatorDirectory(), SystemClock(), Bell()
    operators.put(
        OperatorProfile(
            operator_id=operator_id, name="X", webhook=Webhook(url=f"http://127.0.0.1:{receiver.port}/hook")
        )
    )
    box = SecretBox(pool, Fernet(Fernet.generate_key()))
    await box.put(operator_id, "webhook", SECRET)
    webhook = WebhookChannel(operators, box.get, clock, timeout_s=1.0, allow_private=True)
    dsn = postgres.dsn(await pool.fetchval("select current_database()"), "pickup_notifier")
    running = [
        asyncio.create_task(listen(dsn, bell)),
        asyncio.create_task(DeliveryLoop(store, {"webhook": webhook}, clock, bell).run()),
        asyncio.create_task(publish_feed(Outbox(pool), producer, bell)),
    ]
    teller = Teller(operators, link_for=LINKS.link_for)
    yield Desk(operator_id, pool, store, Consumer(store, producer, operators, clock, teller), operators)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await webhook.close()


async def test_a_warning_reaches_the_operator_signed(desk: Desk, receiver: Receiver) -> None:
    await desk.consumer.handle([desk.event(1), desk.assessment("warn")])
    ((_, message),) = await receiver.until(1)
    assert message["type"] == "pickup.alert.warning"
    assert message["data"]["booking_id"] == "b"
    assert message["data"]["driver_text"].startswith("CHECK BEFORE YOU COLLECT")
    assert message["data"]["reasons"][0]["title"] == "A reason to read"
    said = json.dumps(message)
    for personal in ("Meadow", "Stranger", "900101", "Example"):
        assert personal not in said
    assert receiver.forged == 0


async def test_the_same_messages_again_make_no_second_alert(desk: Desk, receiver: Receiver) -> None:
    batch = [desk.event(1), desk.assessment("warn"), desk.assessment("warn")]
    for _ in range(3):
        await desk.consumer.handle(batch)
    await receiver.until(1)
    await asyncio.sleep(0.5)
    assert len(receiver.got) == 1
    assert await desk.pool.fetchval("select count(*) from alerts") == 1


async def test_a_time_that_cannot_be_makes_an_alert_with_the_usual_deadline(desk: Desk, receiver: Receiver) -> None:
    unset = datetime(1, 1, 1, tzinfo=UTC)
    undated = msgspec.structs.replace(desk.judged("warn"), act_before=unset)
    event = desk.event(1, driver_eta=unset.isoformat())
    await desk.consumer.handle([event, desk.record(ASSESSMENTS.name, encode(undated))])
    await receiver.until(1)
    (late,) = await desk.store.unclosed(desk.operator_id)
    assert late.act_before is None
    assert timedelta(minutes=10) < late.deadline - datetime.now(UTC) < timedelta(minutes=16)


async def test_what_fails_is_tried_again_with_the_same_id(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [
        lambda: web.Response(status=500),
        lambda: web.Response(status=429, headers={"retry-after": "1"}),
    ]
    await desk.consumer.handle([desk.assessment("warn", eta_s=8)])
    got = await receiver.until(3)
    assert len({identity for identity, _ in got}) == 1
    assert len({json.dumps(message) for _, message in got}) == 1


async def test_what_is_refused_for_good_is_not_tried_again(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [lambda: web.Response(status=410)]
    await desk.consumer.handle([desk.assessment("warn", eta_s=8)])
    await receiver.until(1)
    await asyncio.sleep(1.5)
    assert len(receiver.got) == 1
    state = await desk.pool.fetchrow("select state, last_error from deliveries")
    assert tuple(state) == ("failed", "answered 410")


async def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [lambda: web.Response(status=302, headers={"location": "http://127.0.0.1:1/"})]
    await desk.consumer.handle([desk.assessment("warn", eta_s=5)])
    await receiver.until(2)
    assert await desk.pool.fetchval("select state from deliveries") in ("due", "delivered")


async def test_a_huge_answer_is_not_read(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [lambda: web.Response(status=200, body=b"x" * 30_000_000)]
    await desk.consumer.handle([desk.assessment("warn", eta_s=30)])
    await receiver.until(1)
    for _ in range(100):
        if await desk.pool.fetchval("select state from deliveries") == "delivered":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a long answer kept the delivery waiting")


async def test_cancelling_closes_the_alert_and_says_so(desk: Desk, receiver: Receiver, read_topics: MakeReader) -> None:
    reader = await read_topics(ALERTS)
    await desk.consumer.handle([desk.event(1), desk.assessment("warn")])
    await receiver.until(1)
    await desk.consumer.handle([desk.event(2, status="cancelled")])
    got = await receiver.until(2)
    assert (got[1][1]["type"], got[1][1]["data"]["close_reason"]) == ("pickup.alert.closed", "cancelled")
    alert = await desk.alert()
    assert (alert["state"], alert["close_reason"]) == ("closed", "cancelled")

    def complete(found: list[Record]) -> bool:
        types = [json.loads(one.value or b"")["type"] for one in found]
        return "closed" in types and types.count("delivered") == 2

    found = await reader.until(complete, of=lambda one: (one.key or b"").startswith(desk.operator_id.encode()))
    types = [json.loads(one.value or b"")["type"] for one in found]
    assert types[0] == "raised"
    assert sorted(types) == ["attempted", "attempted", "closed", "delivered", "delivered", "raised"]


async def opens_for(desk: Desk, message: dict[str, Any]) -> bool:
    """Whether a message's link opens the page of the driver who has the job now."""
    ticket = LINKS.verify(message["data"]["driver_link"].rpartition("/")[2], datetime.now(UTC))
    assert isinstance(ticket, Ticket)
    (alert,) = await desk.store.unclosed(desk.operator_id)
    return LINKS.is_for(ticket, alert)


async def test_a_firm_gets_the_drivers_page_once_a_driver_has_the_job_and_anew_for_each(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.consumer.handle([desk.event(1), desk.assessment("warn")])
    ((_, first),) = await receiver.until(1)
    assert (first["data"]["driver_id"], first["data"]["driver_link"]) == (None, None)
    await desk.consumer.handle([desk.event(2, status="driver_assigned", driver={"id": "d-1"})])
    (_, second) = (await receiver.until(2))[1]
    assert (second["type"], second["data"]["driver_id"]) == ("pickup.alert.driver", "d-1")
    assert await opens_for(desk, second)
    assert second["data"]["change"] > first["data"]["change"]
    assert second["data"]["driver_text"].startswith("CHECK BEFORE YOU COLLECT")
    assert second["public"] == first["public"], "nothing that a booker may see is different"
    await desk.consumer.handle([desk.event(3, driver={"id": "d-1", "vehicle": "van"})])
    await desk.consumer.handle([desk.event(4, driver={"id": "d-2", "name": "Xavier Quill"})])
    (_, third) = (await receiver.until(3))[2]
    assert (third["type"], third["data"]["driver_id"]) == ("pickup.alert.driver", "d-2")
    assert await opens_for(desk, third)
    assert not await opens_for(desk, second), "who lost the job has no page any more"
    assert "Quill" not in json.dumps(third)
    assert len({identity for identity, _ in receiver.got}) == 3
    assert receiver.forged == 0


async def test_the_drivers_page_comes_after_the_warning_and_again_until_it_is_taken(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [lambda: web.Response(status=503)] * 2
    await desk.consumer.handle([desk.event(1), desk.assessment("warn", eta_s=20)])
    await receiver.until(1)
    await desk.consumer.handle([desk.event(2, driver={"id": "d-1"})])
    got = await receiver.until(4, timeout_s=15)
    assert [message["type"] for _, message in got] == ["pickup.alert.warning"] * 3 + ["pickup.alert.driver"]
    receiver.answers = [lambda: web.Response(status=503)]
    await desk.consumer.handle([desk.event(3, driver={"id": "d-2"})])
    got = await receiver.until(6, timeout_s=15)
    assert [message["data"]["driver_id"] for _, message in got[4:]] == ["d-2", "d-2"]
    assert got[4][0] == got[5][0], "the same message has the same id"


async def test_a_link_that_was_never_taken_is_overtaken_by_the_next_drivers(desk: Desk, receiver: Receiver) -> None:
    await desk.consumer.handle([desk.event(1), desk.assessment("warn", eta_s=60)])
    await receiver.until(1)
    # Long enough for the next driver to come in between, however slow the machine.
    receiver.answers = [lambda: web.Response(status=503, headers={"retry-after": "40"})]
    await desk.consumer.handle([desk.event(2, driver={"id": "d-1"})])
    await receiver.until(2)
    await desk.consumer.handle([desk.event(3, driver={"id": "d-2"})])
    await receiver.until(3)
    await desk.pool.execute("update deliveries set due_at = now()")
    await asyncio.sleep(1.5)
    assert [message["data"]["driver_id"] for _, message in receiver.got] == [None, "d-1", "d-2"]


async def test_a_review_sends_no_link_and_a_closed_alert_holds_none(desk: Desk, receiver: Receiver) -> None:
    await desk.consumer.handle([desk.assessment("review")])
    await desk.consumer.handle([desk.event(2, driver={"id": "d-1"})])
    await desk.consumer.handle([desk.assessment("warn", 2)])
    await receiver.until(1)
    await desk.consumer.handle([desk.event(3, driver={"id": "d-1"}, status="cancelled")])
    got = await receiver.until(2)
    assert [message["type"] for _, message in got] == ["pickup.alert.warning", "pickup.alert.closed"]
    assert got[0][1]["data"]["driver_id"] == "d-1"
    assert (got[1][1]["data"]["driver_id"], got[1][1]["data"]["driver_link"]) == (None, None)


async def test_collection_makes_a_recall(desk: Desk, receiver: Receiver) -> None:
    await desk.consumer.handle([desk.event(1), desk.assessment("hold_recommended"), desk.event(2, status="collected")])
    await receiver.until(1)
    await asyncio.sleep(0.3)
    assert receiver.got[-1][1]["type"] == "pickup.alert.recall"
    assert receiver.got[-1][1]["data"]["driver_text"].startswith("DO NOT HAND IT OVER")


async def test_a_review_is_shown_and_told_to_nobody(desk: Desk, receiver: Receiver) -> None:
    await desk.consumer.handle([desk.assessment("review")])
    await asyncio.sleep(0.5)
    assert receiver.got == []
    assert (await desk.alert())["state"] == "open"


async def test_an_unreadable_assessment_is_a_dead_letter(
    desk: Desk, receiver: Receiver, read_topics: MakeReader
) -> None:
    reader = await read_topics(dead_letter(ASSESSMENTS))
    await desk.consumer.handle([desk.record(ASSESSMENTS.name, b'{"decision": "maybe"}'), desk.assessment("warn")])
    await receiver.until(1)
    (letter,) = await reader.until(bool, of=lambda one: (one.key or b"").startswith(desk.operator_id.encode()))
    assert dict(letter.headers)["dlq_service"] == b"notifier"
    assert letter.value == b'{"decision": "maybe"}'


async def test_a_private_address_is_refused(operator_id: str, receiver: Receiver) -> None:
    async def secret_of(_: str, __: str) -> str:
        return SECRET

    for host in ("127.0.0.1", "localhost"):
        operators = OperatorDirectory()
        url = f"http://{host}:{receiver.port}/hook"
        operators.put(OperatorProfile(operator_id=operator_id, name="X", webhook=Webhook(url=url)))
        channel = WebhookChannel(operators, secret_of, SystemClock(), timeout_s=1.0)
        now = datetime.now(UTC)
        delivery = Delivery(uuid4(), uuid4(), operator_id, "b", "webhook", b"{}", now, 1, now)
        attempt = await channel.attempt(delivery)
        await channel.close()
        assert attempt.result == "refused"
        assert "public" in (attempt.error or "")
    assert receiver.got == []
