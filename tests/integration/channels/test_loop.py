"""Channels in the real delivery loop, on a real database: one that hangs, and a notifier killed at the worst moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from channel_benches import BENCHES, PHONE, account, told
from standins.twilio_api import TwilioApi

from notifier.channels.channel import Attempt, Channel
from notifier.channels.isolation import Isolated, Limits
from notifier.channels.sms import SmsChannel
from notifier.delivery import DeliveryLoop
from notifier.live import Bell
from notifier.store import Delivery, Store
from pickup_runtime.clock import SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool


async def add(pool: Pool, one: Delivery) -> UUID:
    now = datetime.now(UTC)
    deadline = now + timedelta(minutes=10)
    async with Store(pool).batch() as batch:
        await batch.rungs.add([msgspec.structs.replace(one, deadline=deadline, created_at=now)])
    return one.delivery_id


@asynccontextmanager
async def working(pool: Pool, channels: Mapping[str, Channel]) -> AsyncIterator[None]:
    """A notifier's delivery loop, killed without a farewell at the end."""
    loop = asyncio.create_task(DeliveryLoop(Store(pool), dict(channels), SystemClock(), Bell(), at_once=32).run())
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def until(what: Any, message: str) -> None:
    for _ in range(400):
        if await what():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(message)


class Dies:
    """The channel of a process that is killed after the provider has accepted, before it could say so."""

    def __init__(self, inner: Channel) -> None:
        self.name = inner.name
        self._inner = inner
        self.sent = asyncio.Event()

    async def attempt(self, delivery: Delivery) -> Attempt:
        await self._inner.attempt(delivery)
        self.sent.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_notifier_killed_between_sending_and_recording_sends_no_second_text(database: MakePool) -> None:
    pool = await database("notifier", "notifier")
    async with BENCHES["sms"]() as bench:
        api = bench.standin
        assert isinstance(api, TwilioApi)
        await add(pool, bench.make())
        dying = Dies(bench.channel)
        async with working(pool, {"sms": dying}):
            await asyncio.wait_for(dying.sent.wait(), 20)
        await pool.execute("update deliveries set leased_until = now() - interval '1 second', due_at = now()")
        async with working(pool, {"sms": bench.channel}):

            async def looked() -> bool:
                return bool(api.listed)

            await until(looked, "the provider was not asked before sending again")
            await asyncio.sleep(0.2)
        assert len(api.made) == 1


async def test_a_provider_that_hangs_keeps_no_operators_webhook_waiting(database: MakePool) -> None:
    """It hangs for longer than this test waits, and has more to do than the loop has slots."""
    pool = await database("notifier", "notifier")
    async with TwilioApi().running() as api, BENCHES["webhook"]() as quick:
        assert isinstance(api, TwilioApi)
        api.faults = ["hang"] * 500
        slow = SmsChannel(account(api, timeout_s=60.0), sender=PHONE, callback="https://guard.example")
        limits = Limits(per_lane=64, wait_s=60.0, timeout_s=60.0)
        channels = {
            "sms": Isolated(slow, SystemClock(), limits),
            "webhook": Isolated(quick.channel, SystemClock(), Limits(), lambda one: one.operator_id),
        }
        for _ in range(60):
            await add(pool, told("sms", PHONE))
        async with working(pool, channels):

            async def hanging() -> bool:
                return api.requests >= 8

            await until(hanging, "the provider was not asked")
            sent = [await add(pool, quick.make()) for _ in range(20)]
            await until(lambda: _all_delivered(pool, sent), "a hanging provider kept the webhooks waiting")
        assert sorted(key for key, _ in quick.arrived()) == sorted(map(str, sent))
        assert api.made == []
        await slow.close()


async def _all_delivered(pool: Pool, ids: list[UUID]) -> bool:
    left = "select count(*) from deliveries where delivery_id = any($1) and state <> 'delivered'"
    return int(await pool.fetchval(left, ids)) == 0
