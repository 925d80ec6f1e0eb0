"""A whole local stack for a test: operators with keys, an office that receives webhooks, and counting what came."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from httpx_aiohttp import AiohttpTransport

from pickup_contracts.operator import OperatorProfile, Webhook
from pickupctl.commands import console, keys, operator, secret
from pickupctl.demo.office import Office
from pickupctl.stack.local import LocalStack

OPERATOR = "op-test"
_SECRET = secret.new_secret()


@contextmanager
def running(folder: Path, *, services: Iterable[str] | None = None) -> Iterator[LocalStack]:
    """A stack of its own, its settings in the environment while it runs; without `services`, with all of them."""
    stack = LocalStack(folder, throwaway=True)
    before = dict(os.environ)
    try:
        stack.start(services)
        os.environ.update(stack.env)
        yield stack
    finally:
        stack.stop()
        os.environ.clear()
        os.environ.update(before)


@asynccontextmanager
async def running_beside(folder: Path, *, services: Iterable[str] | None = None) -> AsyncIterator[LocalStack]:
    """Likewise beside stand-ins that live on this loop: it waits for its processes in a thread."""
    made = running(folder, services=services)
    stack = await asyncio.to_thread(made.__enter__)
    try:
        yield stack
    finally:
        await asyncio.to_thread(made.__exit__, None, None, None)


class Firm:
    """One operator of the stack: sends bookings, receives webhooks, looks at its page."""

    def __init__(self, stack: LocalStack, api_key: str, console_key: str) -> None:
        self.stack = stack
        self.told: list[dict[str, Any]] = []
        self.console = {"authorization": f"Bearer {console_key}"}
        self.console_key = console_key
        self.client = httpx.AsyncClient(
            base_url=stack.url("booking-ingest"),
            transport=AiohttpTransport(),
            timeout=15,
            headers={"authorization": f"Bearer {api_key}"},
            trust_env=False,
        )
        self.page = httpx.AsyncClient(base_url=stack.url("notifier"), timeout=10, trust_env=False)

    async def send(self, event: dict[str, Any]) -> httpx.Response:
        return await self.client.post("/v1/bookings/events", json=event)

    async def send_until_taken(self, event: dict[str, Any], *, give_up_after_s: float = 90) -> int:
        """As a dispatch system does: again, until it is accepted. Returns how often it was tried."""
        ends = asyncio.get_running_loop().time() + give_up_after_s
        tries = 0
        while True:
            tries += 1
            try:
                if (await self.send(event)).status_code == 202:
                    return tries
            except httpx.HTTPError:
                pass
            assert asyncio.get_running_loop().time() < ends, "never accepted"
            await asyncio.sleep(0.3)

    async def alerts(self, state: str = "open") -> list[dict[str, Any]]:
        answer = await self.page.get(f"/v1/alerts?state={state}", headers=self.console)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["alerts"]
        return found

    def told_of(self, booking_id: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["data"]["booking_id"] == booking_id]


@asynccontextmanager
async def firm(stack: LocalStack) -> AsyncIterator[Firm]:
    """An operator set up as a person would with `pickupctl`, with its own receiving system."""
    made = Firm(stack, await keys.add(OPERATOR, "test"), await console.add(OPERATOR, "Test desk"))
    office = Office({OPERATOR: _SECRET}, made.told.append)
    await office.start()
    await secret.put(OPERATOR, "webhook", _SECRET)
    profile = OperatorProfile(
        operator_id=OPERATOR, name="Test Cars", webhook=Webhook(url=f"http://127.0.0.1:{office.port}/{OPERATOR}")
    )
    await operator.publish(stack.env["PICKUP_KAFKA_BOOTSTRAP"], profile)
    await asyncio.sleep(1.0)
    try:
        yield made
    finally:
        await office.stop()
        await made.client.aclose()
        await made.page.aclose()


async def fetch(stack: LocalStack, sql: str, *values: object) -> list[Any]:
    """Rows of a query, as the database's owner."""
    connection = await asyncpg.connect(stack.postgres.dsn())
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def until(check: Any, what: str, *, timeout_s: float = 60) -> Any:
    """Wait until `check()` gives something true, and return it; database and page may be away meanwhile."""
    ends = asyncio.get_running_loop().time() + timeout_s
    while True:
        try:
            if (found := await check()) not in (None, False, 0, []):
                return found
        except (OSError, httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, json.JSONDecodeError):
            pass
        assert asyncio.get_running_loop().time() < ends, f"{what}: not in {timeout_s:.0f} s"
        await asyncio.sleep(0.25)
