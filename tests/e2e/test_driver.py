"""A driver's phone, a real browser, real processes: warned by text, answered without signal, then warned by push."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from playwright.async_api import Page, expect
from standins.push_service import PushService

from pickup_contracts.office import Ladders, Rung
from pickup_contracts.topics import OUTCOMES
from tests.browser import chromium
from tests.stack import until

from .line import PROFILE, Line, line

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def driver(it: Line, service: PushService) -> AsyncIterator[Page]:
    """A phone whose browser subscribes at the stand-in's push service."""
    async with chromium() as browser:
        phone = await browser.new_context(viewport={"width": 360, "height": 640}, is_mobile=True, has_touch=True)
        await phone.grant_permissions(["notifications"], origin=it.stack.url("notifier"))
        page = await phone.new_page()
        await page.add_init_script(f"PushManager.prototype.subscribe = async () => ({service.subscription()});")
        yield page


async def test_refused_without_signal_is_published_once_and_the_next_warning_is_pushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PushService().running() as service:
        monkeypatch.setenv("PICKUP_VAPID_KEY", service.vapid_key)
        monkeypatch.setenv("PICKUP_VAPID_CONTACT", "ops@guard.example")
        async with line(tmp_path, monkeypatch) as it, driver(it, service) as page:
            rungs = [Rung(who="driver", by="sms"), Rung(who="driver", by="push"), Rung(who="dispatcher", by="email")]
            await it.set_up(
                msgspec.structs.replace(PROFILE, office_phone="01632 960100", ladders=Ladders(warning=rungs))
            )
            await it.book("first", driver_id="d-7")
            await until(lambda: _true(it.texts.made), "the text")
            link = re.search(r"http://\S+/d/[A-Za-z0-9_-]{59}(?=\s|$)", it.texts.made[0]["form"]["Body"])
            assert link is not None
            assert await it.state("first", "sms") in ("due", "sent")

            await page.goto(link[0])
            await expect(page.locator("h1:visible")).to_have_text("Stop. Do not collect")
            await until(lambda: _delivered(it), "the page's receipt")
            await page.click("#push")
            await expect(page.locator("#pushed")).to_contain_text("will be warned")

            await page.context.set_offline(True)
            await page.click('[data-say="refused"]')
            await expect(page.locator("#said")).to_contain_text("Saved on this phone")
            assert await it.outcomes("first") == []
            await page.context.set_offline(False)
            await expect(page.locator("#said")).to_contain_text("Leave safely", timeout=20_000)
            said = await until(lambda: _read(it, "first"), "the outcome on its topic")
            assert [(one["action"], one["reported_by"]) for one in said] == [("refused", "driver")]
            (alert,) = await it.office.alerts()
            assert (alert["state"], alert["driver_acknowledged_at"] is not None) == ("open", True)

            await it.book("second", driver_id="d-7")
            await until(lambda: _true(service.got), "the push")
            (_, pushed) = service.got[0]
            assert pushed["body"].startswith("STOP. DO NOT COLLECT job second.")
            await page.goto(pushed["url"])
            await expect(page.locator(".job:visible")).to_have_text("Job second")
            assert await _read(it, "first") == said, "still once"


async def _true(found: Any) -> bool:
    return bool(found)


async def _delivered(it: Line) -> bool:
    return await it.state("first", "sms") == "delivered"


async def _read(it: Line, booking_id: str) -> list[dict[str, Any]]:
    """What is on the topic of one booking."""
    consumer = AIOKafkaConsumer(
        OUTCOMES.name, bootstrap_servers=it.stack.env["PICKUP_KAFKA_BOOTSTRAP"], auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        taken = await consumer.getmany(timeout_ms=3_000)
        values = [json.loads(record.value or b"") for records in taken.values() for record in records]
        return [one for one in values if one["booking_id"] == booking_id]
    finally:
        await consumer.stop()
