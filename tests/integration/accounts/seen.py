"""What a browser is answered on a firm's page, and what was written down of it."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from tests.integration.alerts import alert
from tests.integration.page import Site

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


async def add_alert(site: Site, operator_id: str, booking_id: str) -> None:
    async with site.store.batch() as batch:
        await batch.write_alerts([alert(operator_id, booking_id)])


async def kinds(site: Site, operator_id: str = "op-a") -> list[str]:
    rows = await site.pool.fetch("select kind from audit where operator_id = $1 order by number", operator_id)
    return [row[0] for row in rows]


async def status(browser: httpx.AsyncClient, path: str = "/alerts/list") -> int:
    return (await browser.get(path)).status_code


def with_session(site: Site, text: str) -> httpx.AsyncClient:
    browser = site.another_browser()
    browser.cookies.set("pickup_session", text)
    return browser
