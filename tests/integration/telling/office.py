"""A notifier whose channels do as a test says, and whose loops the test starts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from notifier.actions import Actions, Actor
from notifier.alerts.alert import Alert
from notifier.channels.channel import Attempt, Channel
from notifier.delivery import DeliveryLoop
from notifier.escalation import Escalation
from notifier.forgetting import Forgetting
from notifier.live import Bell
from notifier.receipts import Receipts
from notifier.rung_rows import Delivery
from notifier.store import Store
from pickup_contracts.alert import alert_id
from pickup_runtime.clock import ManualClock, SystemClock
from tests.integration.desk import Desk

DELIVERED = Attempt("delivered")
INES = Actor("Ines")


class Line:
    """A channel that keeps what it is given and answers as it is told; it can be made to hang."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: list[Delivery] = []
        self.answer: Callable[[Delivery], Attempt] = lambda _: DELIVERED
        self.open = asyncio.Event()
        self.open.set()

    async def attempt(self, delivery: Delivery) -> Attempt:
        self.got.append(delivery)
        await self.open.wait()
        return self.answer(delivery)

    def recipients(self) -> list[str]:
        return [one.recipient for one in self.got]


class Office(Desk):
    """A notifier with channels of the test's own, whose loops the test starts."""

    store: Store
    lines: dict[str, Line]
    actions: Actions
    escalation: Escalation
    receipts: Receipts
    running: list[asyncio.Task[None]]
    bell: Bell

    def start(self, *, at_once: int = 16) -> None:
        channels: dict[str, Channel] = dict(self.lines)
        loop = DeliveryLoop(self.store, channels, SystemClock(), self.bell, at_once=at_once)
        self.running.append(asyncio.create_task(loop.run()))

    async def until(self, check: Callable[[], Any], what: str, *, timeout_s: float = 10.0) -> Any:
        ends = asyncio.get_running_loop().time() + timeout_s
        while True:
            found = check()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            assert asyncio.get_running_loop().time() < ends, what
            await asyncio.sleep(0.02)

    async def state(self, channel: str, recipient: str | None = None) -> list[str]:
        rows = await self.pool.fetch(
            "select state from deliveries where channel = $1 and ($2::text is null or recipient = $2) order by change",
            channel,
            recipient,
        )
        return [row[0] for row in rows]

    async def sweep(self, at: datetime) -> None:
        """Forget what is due at a time."""
        await Forgetting(self.store, ManualClock(at)).sweep()

    async def current(self, booking_id: str = "b") -> Alert:
        found = await self.store.alert(self.operator_id, alert_id(self.operator_id, booking_id))
        assert found is not None
        return found

    async def steps(self) -> list[str]:
        rows = await self.pool.fetch("select body from feed where operator_id = $1 order by position", self.operator_id)
        return [json.loads(row[0])["type"] for row in rows]

    def set_up(self, **more: Any) -> None:
        profile = self.operators.get(self.operator_id)
        assert profile is not None
        self.operators.put(msgspec.structs.replace(profile, **more))
