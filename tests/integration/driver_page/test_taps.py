"""What a driver taps: every tap once, to its alert and to the topic; and what the page says."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
from aiokafka import AIOKafkaProducer

from notifier.alerts.changes import on_board
from notifier.feed import publish_feed
from notifier.live import Bell
from notifier.outbox import Outbox
from pickup_contracts.topics import OUTCOMES
from pickup_runtime.testing.plugin import TopicReader
from tests.integration.driver_page.site import DRIVER, DriverSite


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
    publishing = asyncio.create_task(publish_feed(Outbox(site.pool), producer, Bell()))
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
    asked = await site.now(help_)
    assert (asked.call_wanted_at is not None, asked.driver_acknowledged_at) == (True, None)
    assert (await site.steps()).count(("reported", "asks_for_call")) == 1
    async with site.store.batch() as batch:
        await batch.write_alerts([msgspec.structs.replace(over, state="closed", close_reason="delivered")])
    assert (await site.tap(over, "help")).status_code == 409
    assert (await site.tap(over, "refused")).status_code == 200, "what happened is of use afterwards too"
    assert [one.get("action") for one in await site.outcomes()] == ["collected", "refused"]


async def test_what_was_understood_before_a_recall_does_not_silence_it(site: DriverSite) -> None:
    alert, key = await site.alert(), uuid4()
    aboard = on_board(alert, now=alert.raised_at + timedelta(seconds=60))
    assert aboard is not None
    recalled = msgspec.structs.replace(aboard.alert, told_at=site.clock.now())
    async with site.store.batch() as batch:
        await batch.write_alerts([recalled])
    for _ in range(2):
        late = await site.tap(recalled, "understood", key, age_s=30)
        assert (late.status_code, late.json()) == (409, {"said": "overtaken"})
    assert (await site.tap(recalled, "nothing_odd", age_s=30)).status_code == 200, "what was seen stays seen"
    assert (await site.now(alert)).driver_acknowledged_at is None
    assert len(await site.outcomes()) == 1
    assert (await site.tap(recalled, "nothing_odd")).status_code == 200
    assert (await site.now(alert)).driver_acknowledged_at is not None
    assert (await site.tap(await site.alert("J-2"), "understood")).status_code == 200


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
