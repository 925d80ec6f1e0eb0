"""The driver's page on a real database and broker: every tap once, to its alert; strangers get nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from standins.push_service import PushService

from notifier.actions import Actor, Found
from notifier.channels.push import PushChannel
from notifier.consumer import Consumer
from notifier.driver_page.answering import MOST_ANSWERS
from notifier.driver_page.links import DriverLinks
from notifier.driver_page.question import Questions
from notifier.feed import publish_feed
from notifier.live import Bell
from notifier.store import Delivery
from notifier.watch import Watched
from pickup_contracts.booking import BookingEvent, Driver
from pickup_contracts.codec import encode
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import OUTCOMES
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.kafka import Record
from pickup_runtime.testing.plugin import MakePool, TopicReader

from .driver_site import DRIVER, DriverSite
from .test_notifier import Desk

_DISPATCHER = Actor("Ines")
_ABOARD = Found(action="collected")
SUBSCRIPTION = {"endpoint": "https://push.example/abc", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}}


@pytest.fixture
async def site(operator_id: str, database: MakePool) -> AsyncIterator[DriverSite]:
    made = DriverSite(await database("notifier", "notifier"), operator_id)
    yield made
    await made.close()


async def test_looking_changes_nothing_until_a_person_does(site: DriverSite) -> None:
    """Programs that preview links open them; what runs in the driver's browser says that it is read."""
    alert = await site.alert()
    sms, call = await site.texted(alert), await site.texted(alert, channel="voice")
    for _ in range(3):
        assert (await site.client.get(site.path(alert))).status_code == 200
    assert await site.steps() == []
    for _ in range(2):
        assert (await site.client.post(f"{site.path(alert)}/looked")).status_code == 200
    state = "select state from deliveries where delivery_id = $1"
    assert await site.pool.fetchval(state, sms) == "delivered"
    assert await site.pool.fetchval(state, call) == "sent", "a call is not heard by looking at a page"
    assert (await site.now(alert)).reach == "delivered"
    assert [step for step, _ in await site.steps()] == ["delivered"]
    assert (await site.audited()).count("driver.looked") == 1


async def test_a_tap_is_published_once_however_often_it_is_sent(
    site: DriverSite, producer: AIOKafkaProducer, read_topics: Any
) -> None:
    alert, key = await site.alert(), uuid4()
    reader: TopicReader = await read_topics(OUTCOMES)
    publishing = asyncio.create_task(publish_feed(site.store, producer, Bell()))
    try:
        answers = await asyncio.gather(*(site.tap(alert, "refused", key, age_s=30) for _ in range(5)))
        assert {one.status_code for one in answers} == {200}
        assert (await site.tap(alert, "refused", key)).json() == {"said": "taken"}
        assert (await site.tap(alert, "mentioned_bank_or_police")).status_code == 200

        def mine(record: Any) -> bool:
            return bool(record.key.decode().startswith(f"{site.operator_id}/"))

        records = await reader.until(lambda found: len(found) >= 2, of=mine)
        await asyncio.sleep(0.5)
        said = [json.loads(record.value) for record in records]
        assert [(one.get("action"), one.get("observations")) for one in said] == [
            ("refused", None),
            (None, ["mentioned_bank_or_police"]),
        ]
        assert {one["reported_by"] for one in said} == {"driver"}
        assert all(one.get("finding", "unknown") == "unknown" for one in said), "a driver at the door can't know"
        assert len(await site.outcomes()) == 2
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
    heard = await site.now(alert)
    assert (heard.state, heard.driver_acknowledged_at is not None) == ("open", True), "the office still has to act"
    tapped_at, at = await site.pool.fetchrow("select tapped_at, at from driver_answers where answer_key = $1", key)
    assert timedelta(seconds=29) < at - tapped_at < timedelta(seconds=31)
    page = (await site.client.get(site.path(alert))).text
    assert page.count('aria-pressed="true"') == 2
    assert (await site.audited()).count("outcome.reported") == 2


async def test_each_large_button(site: DriverSite) -> None:
    understood, have_it, help_, over = [await site.alert(name) for name in ("u", "h", "n", "o")]
    await site.tap(understood, "understood")
    assert (await site.now(understood)).driver_acknowledged_at is not None
    assert (await site.now(understood)).state == "open"
    await site.tap(have_it, "have_it")
    assert (await site.now(have_it)).kind == "recall"
    page = (await site.client.get(site.path(have_it))).text
    assert "<h1>Do not hand it over</h1>" in page
    await site.tap(help_, "help")
    await site.tap(help_, "help")
    assert (await site.now(help_)).call_wanted_at is not None
    assert (await site.steps()).count(("reported", "asks_for_call")) == 1
    async with site.store.batch() as batch:
        await batch.write_alerts([msgspec.structs.replace(over, state="closed", close_reason="delivered")])
    assert (await site.tap(over, "help")).status_code == 409
    assert (await site.tap(over, "refused")).status_code == 200, "what happened is of use afterwards too"
    assert [one.get("action") for one in await site.outcomes()] == ["collected", "refused"]


async def test_forged_and_replayed_answers_are_refused(site: DriverSite) -> None:
    alert, other, key = await site.alert("one"), await site.alert("two"), uuid4()
    assert (await site.tap(alert, "understood", key)).status_code == 200
    assert (await site.tap(alert, "have_it", key)).status_code == 409, "the same key says one thing"
    assert (await site.tap(other, "refused", key)).status_code == 200, "a key belongs to its alert"
    path = site.path(alert)
    for body in (
        b"", b"{}", b"[]", b"\xff", b'{"key":"x","said":"refused"}', b'{"key":null,"said":"refused"}',
        json.dumps({"key": str(uuid4()), "said": "cleared"}).encode(),
        json.dumps({"key": str(uuid4()), "said": "refused", "age_s": -5}).encode(),
        json.dumps({"key": str(uuid4()), "said": "refused", "finding": "cleared"}).encode(),
    ):  # fmt: skip
        assert (await site.client.post(f"{path}/answers", content=body)).status_code == 400, body
    huge = await site.client.post(f"{path}/answers", content=b" " * 10_000)
    assert huge.status_code == 413
    assert [one.get("action") for one in await site.outcomes()] == ["refused"]
    assert (await site.now(alert)).kind == "warning"


async def test_a_link_is_played_with_only_so_often(site: DriverSite) -> None:
    alert = await site.alert()
    for _ in range(MOST_ANSWERS):
        assert (await site.tap(alert, "nothing_odd")).status_code == 200
    assert (await site.tap(alert, "nothing_odd")).status_code == 429
    assert len(await site.outcomes()) == MOST_ANSWERS


async def test_expired_altered_and_others_links_open_nothing_and_are_logged_without_anybody(
    operator_id: str, database: MakePool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(datetime.now(UTC))
    site = DriverSite(await database("notifier", "notifier"), operator_id, clock=clock)
    alert, lost = await site.alert("J-secret", driver="d-first"), await site.alert("J-lost")
    path, lost_path = site.path(alert), site.path(lost)
    assert (await site.client.get(path)).status_code == 200
    async with site.store.batch() as batch:
        await batch.write_alerts([msgspec.structs.replace(alert, driver="d-second")])
    await site.pool.execute("delete from alerts where alert_id = $1", lost.alert_id)
    forged = DriverLinks(b"x" * 32, "http://page").link_for(alert, "driver") or ""
    letter = "A" if path[-20] != "A" else "B"
    strangers = {
        path: 410,
        lost_path: 404,
        forged.removeprefix("http://page"): 404,
        path[:-20] + letter + path[-19:]: 404,
        "/d/nothing": 404,
    }
    now_theirs = site.path(await site.now(alert))
    with caplog.at_level(logging.DEBUG):
        seen = set()
        for where, status in strangers.items():
            for way, answer in {
                "get": await site.client.get(where),
                "state": await site.client.get(f"{where}/state"),
                "tap": await site.client.post(f"{where}/answers", json={"key": str(uuid4()), "said": "have_it"}),
                "look": await site.client.post(f"{where}/looked"),
                "phone": await site.client.post(f"{where}/phone", json=SUBSCRIPTION),
                "off": await site.client.post(f"{where}/phone/off", json=SUBSCRIPTION),
            }.items():
                assert answer.status_code == status, (where, way)
                if way == "get":
                    seen.add(answer.text)
        assert len(seen) == 1, "one page for all of them"
        clock.advance(timedelta(hours=13))
        assert (await site.client.get(now_theirs)).status_code == 410
        assert (await site.tap(alert, "refused")).status_code == 410
    # The client of this test logs what it asks; the notifier does not.
    own = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join(own) + capsys.readouterr().out
    assert "driver_link_refused" in logged
    for word in ("J-secret", "d-first", "d-second", path[3:20]):
        assert word not in "".join(seen)
        assert word not in logged
    assert await site.outcomes() == []
    assert await site.pool.fetchval("select count(*) from push_subscriptions where operator_id = $1", operator_id) == 0
    await site.close()


async def test_another_booking_is_not_told_of(site: DriverSite) -> None:
    """One link, one booking: nothing of the same driver's other jobs, no name and no address."""
    one, other = await site.alert("J-one"), await site.alert("J-other")
    text = (await site.client.get(site.path(one))).text
    assert "J-one" in text
    assert "J-other" not in text
    await site.tap(other, "have_it")
    assert (await site.now(one)).kind == "warning"


async def test_the_page_speaks_the_drivers_language(site: DriverSite) -> None:
    site.profile(driver_languages={DRIVER: "cy"}, unreviewed_languages=["cy"])
    alert = await site.alert()
    text = (await site.client.get(site.path(alert))).text
    assert '<html lang="cy"' in text
    assert "Stopiwch" in text
    before = (await site.client.get(f"{site.path(alert)}/state")).json()
    site.profile()
    assert (await site.client.get(f"{site.path(alert)}/state")).json() != before


async def test_headers_are_strict(site: DriverSite) -> None:
    answer = await site.client.get(site.path(await site.alert()))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in answer.headers
    worker = await site.client.get("/d/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_a_phone_that_asks_is_warned_of_the_next_job_by_push(site: DriverSite) -> None:
    async with PushService().running() as service:
        alert = await site.alert("first")
        for _ in range(2):
            answer = await site.client.post(f"{site.path(alert)}/phone", content=service.subscription())
            assert answer.status_code == 200
        (row,) = await site.pool.fetch("select * from push_subscriptions where operator_id = $1", site.operator_id)
        assert service.url.encode() not in bytes(row["sealed"])
        assert (await site.audited()).count("driver.subscribed") == 1

        pushed = await _told(site, await site.alert("second"), "push")
        assert [one.recipient for one in pushed] == ["driver"]
        channel = PushChannel(
            service.vapid_key, SystemClock(), contact="a@b.example", allow_private=True, gone=site.subscriptions.gone
        )
        assert (await channel.attempt(pushed[0])).result == "delivered"
        (_, told) = service.got[0]
        assert told["body"].startswith("DO NOT HAND IT OVER. Job second")
        where = told["url"].removeprefix("http://page")
        assert (await site.client.get(where)).status_code == 200, "what is pushed opens the page"

        assert await _told(site, await site.alert("theirs", driver="d-8"), "push") == [], "another driver's phone"
        service.status = 410
        assert (await channel.attempt(pushed[0])).result == "refused"
        await channel.close()
        assert await site.pool.fetchval("select count(*) from push_subscriptions") == 0
        assert await _told(site, await site.alert("third"), "push") == []


async def test_a_phone_that_no_longer_wants_is_left_alone_and_so_is_an_old_one(site: DriverSite) -> None:
    alert = await site.alert()
    count = "select count(*) from push_subscriptions where operator_id = $1"
    path = site.path(alert)
    await site.client.post(f"{path}/phone", json=SUBSCRIPTION)
    await site.client.post(f"{path}/phone/off", json=SUBSCRIPTION)
    assert await site.pool.fetchval(count, site.operator_id) == 0
    for n in range(8):
        await site.client.post(f"{path}/phone", json={**SUBSCRIPTION, "endpoint": f"https://push.example/{n}"})
    assert await site.pool.fetchval(count, site.operator_id) == 5
    await site.subscriptions.forget(datetime.now(UTC) + timedelta(days=59))
    assert await site.pool.fetchval(count, site.operator_id) == 5
    await site.subscriptions.forget(datetime.now(UTC) + timedelta(days=61))
    assert await site.pool.fetchval(count, site.operator_id) == 0
    for body in (b"", b"{}", b'{"endpoint":"","keys":{"p256dh":"a","auth":"b"}}', b"\xff"):
        assert (await site.client.post(f"{path}/phone", content=body)).status_code == 400
    unnamed = await site.alert("unnamed", driver="unnamed")
    assert (await site.client.post(f"{site.path(unnamed)}/phone", json=SUBSCRIPTION)).status_code == 409


async def test_a_text_carries_the_link(site: DriverSite) -> None:
    alert = await site.alert()
    (text,) = await _told(site, alert, "sms")
    link = msgspec.json.decode(text.body)["link"]
    assert link.startswith("http://page/d/")
    assert (await site.client.get(link.removeprefix("http://page"))).status_code == 200


async def _drives(site: DriverSite, alert: Any) -> None:
    """The booking as the notifier knows it: its driver has a phone."""
    event = BookingEvent(event_id="e", booking_id=alert.booking_id, occurred_at=datetime.now(UTC))
    event.driver = Driver(id=alert.driver or "d-0", phone="+447700900123")
    async with site.store.batch() as batch:
        known = {(site.operator_id, alert.booking_id): Watched(event, (0, datetime.now(UTC)))}
        await batch.write_watched(known, datetime.now(UTC))


async def _told(site: DriverSite, alert: Any, channel: str) -> list[Delivery]:
    """What goes to the driver of an alert that is told anew, on one channel."""
    await _drives(site, alert)
    await site.actions.answer(site.operator_id, alert.alert_id, _DISPATCHER, _ABOARD)
    rows = await site.pool.fetch(
        "select delivery_id, body, recipient, deadline from deliveries where alert_id = $1 and channel = $2",
        alert.alert_id,
        channel,
    )
    now = datetime.now(UTC)
    return [
        Delivery(
            UUID(str(row["delivery_id"])), alert.alert_id, site.operator_id, alert.booking_id, channel, row["body"],
            row["deadline"], 1, now, audience="driver", recipient=row["recipient"],
        )
        for row in rows if row["recipient"] == "driver"
    ]  # fmt: skip


async def test_a_driver_is_asked_once_more_when_the_booking_is_over(site: DriverSite) -> None:
    ended = site.clock.now() - timedelta(minutes=5)
    over: dict[str, Any] = {"state": "closed", "close_reason": "delivered", "closed_at": ended, "reach": "delivered"}
    asked = await site.alert("asked", **over)
    silent = {
        "answered": await site.alert("answered", **over),
        "cleared": await site.alert("cleared", **{**over, "close_reason": "cleared"}),
        "found": await site.alert("found", **over, finding="confirmed_scam"),
        "rationed": await site.alert("rationed", **over, rationed=True),
        "untold": await site.alert("untold", **{**over, "reach": "untold"}),
        "review": await site.alert("review", "review", **over),
        "nobody": await site.alert("nobody", **over, driver=None),
        "open": await site.alert("open"),
        "just now": await site.alert("just-now", **{**over, "closed_at": site.clock.now()}),
        "long ago": await site.alert("long-ago", **{**over, "closed_at": ended - timedelta(hours=2)}),
    }
    for alert in (asked, *silent.values()):
        await _drives(site, alert)
    assert (await site.tap(silent["answered"], "refused")).status_code == 200
    assert (await site.tap(asked, "nothing_odd")).status_code == 200, "that nothing was odd does not say how it ended"

    questions = Questions(site.store, site.teller, site.clock)
    assert [await questions.sweep() for _ in range(3)] == [1, 0, 0]
    rows = await site.pool.fetch("select * from deliveries where operator_id = $1", site.operator_id)
    assert [(row["booking_id"], row["channel"], row["telling"]) for row in rows] == [("asked", "sms", "question")]
    told = msgspec.json.decode(rows[0]["body"])
    assert told["text"].startswith("HOW DID IT END? Job asked is over.")
    assert "hint" not in told
    page = await site.client.get(told["link"].removeprefix("http://page"))
    assert "<h1>This job is over</h1>" in page.text
    assert [one.get("action") for one in await site.outcomes()] == ["refused", None], "no answer stays unknown"


async def test_nobody_is_asked_what_the_operators_own_system_has_told(
    site: DriverSite, producer: AIOKafkaProducer
) -> None:
    over: dict[str, Any] = {"state": "closed", "close_reason": "delivered", "reach": "delivered"}
    over["closed_at"] = site.clock.now() - timedelta(minutes=5)
    for booking_id in ("told", "seen"):
        await _drives(site, await site.alert(booking_id, **over))
    desk = Desk(
        site.operator_id,
        site.pool,
        site.store,
        Consumer(site.store, producer, site.operators, site.clock),
        site.operators,
    )

    def outcome(booking_id: str, **said: Any) -> Record:
        whole = Outcome(
            operator_id=site.operator_id,
            booking_id=booking_id,
            at=site.clock.now(),
            reported_by="operator_system",
            **said,
        )
        return desk.record(OUTCOMES.name, encode(whole), booking_id)

    unreadable = desk.record(OUTCOMES.name, b"{}", "told")
    # That somebody at the door was surprised does not say how it ended.
    told = [outcome("told", action="collected"), unreadable, outcome("seen", observations=["sender_surprised"])]
    await desk.consumer.handle(told)
    await desk.consumer.handle(told)
    assert await Questions(site.store, site.teller, site.clock).sweep() == 1
    rows = await site.pool.fetch("select booking_id from deliveries where operator_id = $1", site.operator_id)
    assert [row[0] for row in rows] == ["seen"]


async def test_a_driver_with_a_phone_that_asked_is_asked_by_push(site: DriverSite) -> None:
    over = await site.alert(
        state="closed", close_reason="cancelled", closed_at=site.clock.now() - timedelta(minutes=5), reach="attempted"
    )
    await _drives(site, over)
    await site.client.post(f"{site.path(over)}/phone", json=SUBSCRIPTION)
    assert await Questions(site.store, site.teller, site.clock).sweep() == 1
    channel = "select channel from deliveries where operator_id = $1"
    assert await site.pool.fetchval(channel, site.operator_id) == "push"
