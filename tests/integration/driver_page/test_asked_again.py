"""Once a booking is over its driver is asked how it ended: once, and only who can say what nobody has said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from notifier.consumer import Consumer
from notifier.driver_page.question import Questions
from pickup_contracts.codec import encode
from pickup_contracts.outcome import Outcome
from pickup_contracts.topics import OUTCOMES
from pickup_runtime.kafka import Record
from tests.integration.desk import Desk
from tests.integration.driver_page.site import DriverSite
from tests.integration.driver_page.told import SUBSCRIPTION, give_the_driver_a_phone


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
        await give_the_driver_a_phone(site, alert)
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
        await give_the_driver_a_phone(site, await site.alert(booking_id, **over))
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
    await give_the_driver_a_phone(site, over)
    await site.client.post(f"{site.path(over)}/phone", json=SUBSCRIPTION)
    assert await Questions(site.store, site.teller, site.clock).sweep() == 1
    channel = "select channel from deliveries where operator_id = $1"
    assert await site.pool.fetchval(channel, site.operator_id) == "push"
