"""Channels in the real delivery loop, on a real database: one that hangs, and a notifier killed at the worst moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from channel_benches import BENCHES, PHONE, account, delivery, told
from standins.twilio_api import TwilioApi

from notifier.channels.breaker import Policy
from notifier.channels.channel import Attempt, Channel
from notifier.channels.isolation import BY_OPERATOR, Isolated, Limits
from notifier.channels.sms import SmsChannel
from notifier.delivery import DeliveryLoop
from notifier.live import Bell
from notifier.rung_rows import Delivery
from notifier.store import Store
from pickup_runtime.clock import SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool


async def add(pool: Pool, one: Delivery, *, ends_s: float = 600) -> UUID:
    """Let it be due from now on, and its channel given up after `ends_s`."""
    now = datetime.now(UTC)
    deadline, ends = now + timedelta(minutes=10), now + timedelta(seconds=ends_s)
    async with Store(pool).batch() as batch:
        await batch.rungs.add([msgspec.structs.replace(one, deadline=deadline, created_at=now, give_up_at=ends)])
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
        api.faults = ["hang"] * 500
        slow = SmsChannel(account(api, timeout_s=60.0), sender=PHONE, callback="https://guard.example")
        limits = Limits(per_lane=64, wait_s=60.0, timeout_s=60.0)
        channels = {
            "sms": Isolated(slow, SystemClock(), limits),
            "webhook": Isolated(quick.channel, SystemClock(), Limits(), BY_OPERATOR),
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


def to_nobody(channel: str) -> Delivery:
    return delivery(channel, b"{}", operator_id="op-down")


class Answers:
    """A provider that is down until it is told otherwise."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.down = True
        self.asked: list[UUID] = []

    async def attempt(self, delivery: Delivery) -> Attempt:
        self.asked.append(delivery.delivery_id)
        return Attempt("try_again", "no answer") if self.down else Attempt("delivered")


async def test_what_waits_before_a_shut_door_is_not_attempted_until_it_opens_or_its_time_is_over(
    database: MakePool,
) -> None:
    """Nor is it said to have been: an attempt that nobody made stands in no history, and in no audit."""
    pool = await database("notifier", "notifier")
    text, hook = Answers("sms"), Answers("webhook")
    limits = Limits(breaker=Policy(failures=3, pause=timedelta(seconds=4), longest=timedelta(seconds=4)))
    channels = {
        "sms": Isolated(text, SystemClock(), limits),
        "webhook": Isolated(hook, SystemClock(), limits, BY_OPERATOR),
    }
    async with working(pool, channels):
        for name, channel in (("sms", text), ("webhook", hook)):
            opening = [await add(pool, to_nobody(name)) for _ in range(3)]

            async def opened(name: str = name) -> bool:
                room = channels[name].room()
                steps = await pool.fetch("select body from feed where operator_id = 'op-down'")
                noted = [msgspec.json.decode(row[0])["type"] for row in steps].count("attempted")
                # What is still being written down was attempted before.
                return (not room.free or "op-down" in room.shut) and noted == len(text.asked) + len(hook.asked)

            await until(opened, "the door did not shut")
            asked = len(channel.asked)
            told = await pool.fetchval("select count(*) from feed where operator_id = 'op-down'")
            waits = [await add(pool, to_nobody(name)) for _ in range(20)]
            late = await add(pool, to_nobody(name), ends_s=0.3)

            async def given_up(late: UUID = late) -> bool:
                found = await pool.fetchval("select state from deliveries where delivery_id = $1", late)
                return bool(found == "abandoned")

            await until(given_up, "nobody looked at what was past its time")
            assert len(channel.asked) == asked, "nobody knocks at a door that is shut"
            rows = await pool.fetch(
                "select distinct attempts, first_attempt_at from deliveries where delivery_id = any($1)", [*waits, late]
            )
            assert [tuple(row) for row in rows] == [(0, None)]
            said = await pool.fetch(
                "select body from feed where operator_id = 'op-down' order by position offset $1", told
            )
            assert [msgspec.json.decode(row[0])["type"] for row in said] == ["abandoned"]
            channel.down = False
            await until(lambda ids=[*opening, *waits]: _all_delivered(pool, ids), "it opened, and nobody came")
            assert late not in channel.asked
            assert max(Counter(channel.asked[asked:]).values()) == 1, "once each, when it opened"


async def _all_delivered(pool: Pool, ids: list[UUID]) -> bool:
    left = "select count(*) from deliveries where delivery_id = any($1) and state <> 'delivered'"
    return int(await pool.fetchval(left, ids)) == 0
