"""What a provider says after it has taken a message: once, and the next rung when it says no or nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from notifier.channels.channel import Attempt
from tests.integration.telling.office import INES, Office


async def sent(office: Office) -> UUID:
    office.lines["sms"].answer = lambda one: Attempt("sent", provider_id=f"SM-{one.recipient}")
    office.start()
    driver = {"id": "d-1", "phone": "+447700900111"}
    await office.consumer.handle([office.event(1, driver=driver), office.assessment("warn", eta_s=900)])

    async def accepted() -> bool:
        return await office.state("sms", "driver") == ["sent"]

    await office.until(accepted, "the provider has it")
    return office.lines["sms"].got[0].delivery_id


async def test_a_receipt_moves_what_was_sent_once(office: Office) -> None:
    delivery_id, now = await sent(office), datetime.now(UTC)
    provider = await office.pool.fetchval("select provider_id from deliveries where delivery_id = $1", delivery_id)
    assert provider == "SM-driver"
    assert await office.receipts.take(delivery_id, "delivered", now)
    assert not await office.receipts.take(delivery_id, "failed", now), "the first word stands"
    assert not await office.receipts.take(uuid4(), "delivered", now)
    assert await office.state("sms", "driver") == ["delivered"]
    assert (await office.current()).reach == "delivered"


async def test_the_feed_says_the_last_safe_moment_of_the_booking_and_no_other(office: Office) -> None:
    office.start()
    dated = office.assessment("warn", eta_s=900)
    await office.consumer.handle([office.event(1), dated])
    alert = await office.current()

    async def told() -> bool:
        return set(await office.state("sms", "dispatcher-1")) == {"delivered"}

    await office.until(told, "the dispatcher's text message")
    assert await moments(office) == {alert.act_before.isoformat() if alert.act_before else ""}
    async with office.store.batch() as batch:
        await batch.write_alerts([msgspec.structs.replace(alert, act_before=None)])
    await office.actions.clear(office.operator_id, alert.alert_id, INES, "N17")
    await office.until(lambda: "closed" in [one.telling for one in office.lines["webhook"].got], "the closing")
    await asyncio.sleep(0.3)
    assert "" in await moments(office), "nobody knows of one any more"
    assert len(await moments(office)) == 2


async def moments(office: Office) -> set[str]:
    """The `act_before` of every attempt in the feed; empty where there is none."""
    rows = await office.pool.fetch("select body from feed where operator_id = $1", office.operator_id)
    steps = [json.loads(row[0]) for row in rows]
    times = [one.get("act_before") for one in steps if one["type"] in ("attempted", "delivered")]
    return {datetime.fromisoformat(one).isoformat() if one else "" for one in times}


async def test_a_receipt_that_says_no_brings_the_next_rung(office: Office) -> None:
    delivery_id = await sent(office)
    assert await office.receipts.take(delivery_id, "failed", datetime.now(UTC), "undelivered 30003")
    await office.until(lambda: "dispatcher-1" in office.lines["sms"].recipients(), "the dispatcher told instead")


async def test_a_receipt_that_never_comes_brings_the_next_rung_too(office: Office) -> None:
    delivery_id = await sent(office)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await office.pool.execute("update deliveries set give_up_at = $2 where delivery_id = $1", delivery_id, past)
    await office.escalation.sweep()
    await office.until(lambda: "dispatcher-1" in office.lines["sms"].recipients(), "the dispatcher told instead")
    assert await office.state("sms", "driver") == ["abandoned"]
    assert await office.receipts.take(delivery_id, "delivered", datetime.now(UTC)), "it arrived after all"
    assert await office.state("sms", "driver") == ["delivered"]
