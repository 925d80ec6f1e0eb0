"""A dispatcher's page with alerts on it: what is put there, what is done on it, and what came of that."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from notifier.accounts.roles import Role
from notifier.alerts.alert import Alert
from notifier.watch import watch
from pickup_contracts.alert import alert_id
from pickup_contracts.codec import decode_booking
from tests.integration.events import Json, raw
from tests.integration.page import Site


class Page(Site):
    async def add(self, *alerts: Alert) -> None:
        async with self.store.batch() as batch:
            await batch.write_alerts(alerts)

    async def book(self, operator_id: str, *events: Json) -> None:
        async with self.store.batch() as batch:
            for event in events:
                known = watch(None, decode_booking(raw({**event, "operator_id": operator_id})))
                await batch.bookings.write({(operator_id, event["booking_id"]): known}, datetime.now(UTC))

    async def log_in_as(self, role: Role, operator_id: str = "op-a", holder: str = "Ines") -> None:
        await self.post("/login", {"key": await self.key(operator_id, holder, role)})

    async def act(
        self, name: str, form: dict[str, Any] | None = None, booking: str = "b", **more: Any
    ) -> httpx.Response:
        """Send one of the booking page's forms, with the hidden fields that the page itself holds."""
        url = f"/alerts/{alert_id('op-a', booking)}"
        text = (await self.browser.get(url)).text
        hidden = dict(re.findall(r'name="(_csrf_token|seen|once)" value="([^"]*)"', text))
        return await self.browser.post(f"{url}/{name}", data={**hidden, **(form or {}), **more})

    async def now(self, booking: str = "b") -> Alert:
        found = await self.store.alert("op-a", alert_id("op-a", booking))
        assert found is not None
        return found

    async def outcomes(self) -> list[Json]:
        return [json.loads(row[0]) for row in await self.pool.fetch("select body from outcomes order by position")]

    async def audited(self) -> list[tuple[str, str | None]]:
        rows = await self.pool.fetch("select kind, actor from audit order by number")
        return [(row["kind"], row["actor"]) for row in rows]
