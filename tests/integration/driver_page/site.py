"""The driver's page over a database of the test's own, for requests and for browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import msgspec
from alert_cases import raised
from cryptography.fernet import Fernet
from litestar import Litestar
from litestar.config.csrf import CSRFConfig

from notifier.actions import Actions
from notifier.alerts.alert import Alert
from notifier.channels.message import Message
from notifier.driver_page.answering import Answering
from notifier.driver_page.links import DriverLinks
from notifier.driver_page.routes import DriverPages
from notifier.driver_page.subscriptions import Subscriptions
from notifier.receipts import Receipts
from notifier.rung_rows import Delivery
from notifier.store import Store
from notifier.telling import Teller
from pickup_contracts.alert import alert_id
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import Clock, SystemClock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.postgres import Pool
from tests.integration.serving import served

DRIVER = "d-7"
#: A VAPID public key as browsers take it.
PUSH_KEY = "BEl62iUYgUivxIkv69yViEuiBIa-Ib9-SkvMeAtA3LFgDzkrxZJjSgSnfckjBJuBkr3qBUYIHBQFLXYp5Nksh8U"


class Signal:
    """The mobile network between a phone and the page, which a test can take away.

    A browser's own switch for being offline reaches its pages at once, but a service worker that starts meanwhile goes
    through all the same; through this nothing does.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = ""
        self._there = True
        self._open: set[asyncio.StreamWriter] = set()

    def lose(self) -> None:
        """End what is open, and whatever is opened from now on."""
        self._there = False
        for one in self._open:
            one.transport.abort()

    def find(self) -> None:
        self._there = True

    @asynccontextmanager
    async def relayed(self) -> AsyncIterator[Signal]:
        server = await asyncio.start_server(self._phone, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.lose()
            await server.wait_closed()

    async def _phone(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._there:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, back}
        self._open |= both
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        finally:
            self._open -= both
            for one in both:
                one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write_eof()


class DriverSite:
    """`client` asks the application; `served` gives it a port for browsers."""

    def __init__(self, pool: Pool, operator_id: str, *, clock: Clock | None = None, **profile: Any) -> None:
        self.pool = pool
        self.operator_id = operator_id
        self.clock = clock or SystemClock()
        self.store = Store(pool)
        self.operators = OperatorDirectory()
        self.profile(**{"office_phone": "+44 1632 960100", **profile})
        self.links = DriverLinks(b"k" * 32, "http://page")
        self.subscriptions = Subscriptions(pool, Fernet(Fernet.generate_key()))
        self.teller = Teller(
            self.operators,
            channels=frozenset({"sms", "push"}),
            link_for=self.links.link_for,
            unseal=self.subscriptions.opened,
        )
        self.actions = Actions(self.store, self.operators, self.teller, self.clock)
        answers = Answering(pool, self.store, self.actions, Receipts(self.store, self.clock), self.clock)
        pages = DriverPages(
            answers, self.links, self.operators, self.subscriptions, self.clock, push_key=PUSH_KEY
        ).router()
        self.app = Litestar([pages], csrf_config=CSRFConfig(secret="x" * 32), openapi_config=None)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast(Any, self.app)), base_url="http://page", trust_env=False
        )

    def profile(self, **more: Any) -> None:
        self.operators.put(OperatorProfile(operator_id=self.operator_id, name="X", **more))

    async def alert(self, booking_id: str = "J-20418", decision: Any = "hold_recommended", **more: Any) -> Alert:
        now = self.clock.now()
        made = msgspec.structs.replace(
            raised(decision),
            alert_id=alert_id(self.operator_id, booking_id),
            operator_id=self.operator_id,
            booking_id=booking_id,
            deadline=now + timedelta(minutes=10),
            raised_at=now,
            updated_at=now,
            told_at=now,
            **{"driver": DRIVER, **more},
        )
        async with self.store.batch() as batch:
            await batch.write_alerts([made])
        return made

    async def texted(self, alert: Alert, *, channel: str = "sms") -> UUID:
        """A message to the driver that a provider has accepted."""
        made = Delivery(
            uuid4(), alert.alert_id, self.operator_id, alert.booking_id, channel,
            msgspec.json.encode(Message("+447700900123", "STOP.")), alert.deadline, 0, self.clock.now(),
            audience="driver", recipient="driver", change=alert.change,
        )  # fmt: skip
        async with self.store.batch() as batch:
            await batch.rungs.add([made])
        await self.pool.execute(
            "update deliveries set state = 'sent', attempts = 1 where delivery_id = $1", made.delivery_id
        )
        return made.delivery_id

    def path(self, alert: Alert) -> str:
        """The link of an alert's driver, without its host."""
        link = self.links.link_for(alert, "driver")
        assert link is not None
        return link.removeprefix("http://page")

    async def tap(self, alert: Alert, said: str, key: UUID | None = None, **more: Any) -> httpx.Response:
        body = {"key": str(key or uuid4()), "said": said, **more}
        return await self.client.post(f"{self.path(alert)}/answers", json=body)

    async def now(self, alert: Alert) -> Alert:
        found = await self.store.alert(self.operator_id, alert.alert_id)
        assert found is not None
        return found

    async def outcomes(self) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "select body from outcomes where operator_id = $1 order by position", self.operator_id
        )
        return [msgspec.json.decode(row[0]) for row in rows]

    async def audited(self) -> list[str]:
        rows = await self.pool.fetch("select kind from audit where operator_id = $1 order by number", self.operator_id)
        return [row[0] for row in rows]

    async def steps(self) -> list[tuple[str, str | None]]:
        rows = await self.pool.fetch("select body from feed where operator_id = $1 order by position", self.operator_id)
        return [(one["type"], one.get("detail")) for one in (msgspec.json.decode(row[0]) for row in rows)]

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Signal]:
        """The page for a browser on this machine, and what carries it there."""
        async with served(self.app) as url, Signal(int(url.rpartition(":")[2])).relayed() as signal:
            yield signal

    async def close(self) -> None:
        await self.client.aclose()
