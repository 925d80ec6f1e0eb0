"""What reaches a driver's phone: the link in a text, and push where the phone asked for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from standins.push_service import PushService

from notifier.channels.push import PushChannel
from pickup_runtime.clock import SystemClock
from tests.integration.driver_page.site import DriverSite
from tests.integration.driver_page.told import SUBSCRIPTION, told_to_driver


async def test_a_phone_that_asks_is_warned_of_the_next_job_by_push(site: DriverSite) -> None:
    async with PushService().running() as service:
        alert = await site.alert("first")
        for _ in range(2):
            answer = await site.client.post(f"{site.path(alert)}/phone", content=service.subscription())
            assert answer.status_code == 200
        (row,) = await site.pool.fetch("select * from push_subscriptions where operator_id = $1", site.operator_id)
        assert service.url.encode() not in bytes(row["sealed"])
        assert (await site.audited()).count("driver.subscribed") == 1

        pushed = await told_to_driver(site, await site.alert("second"), "push")
        assert [one.recipient for one in pushed] == ["driver"]
        channel = PushChannel(
            service.vapid_key, SystemClock(), contact="a@b.example", allow_private=True, gone=site.subscriptions.gone
        )
        assert (await channel.attempt(pushed[0])).result == "delivered"
        (_, told) = service.got[0]
        assert told["body"].startswith("DO NOT HAND IT OVER. Job second")
        where = told["url"].removeprefix("http://page")
        assert (await site.client.get(where)).status_code == 200, "what is pushed opens the page"

        assert await told_to_driver(site, await site.alert("theirs", driver="d-8"), "push") == [], (
            "another driver's phone"
        )
        service.status = 410
        assert (await channel.attempt(pushed[0])).result == "refused"
        await channel.close()
        assert await site.pool.fetchval("select count(*) from push_subscriptions") == 0
        assert await told_to_driver(site, await site.alert("third"), "push") == []


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
    (text,) = await told_to_driver(site, alert, "sms")
    link = msgspec.json.decode(text.body)["link"]
    assert link.startswith("http://page/d/")
    assert (await site.client.get(link.removeprefix("http://page"))).status_code == 200
