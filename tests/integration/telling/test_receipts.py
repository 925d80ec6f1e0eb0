"""What a provider says after it has taken a message: once, and the next rung when it says no or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from notifier.channels.channel import Attempt
from tests.integration.telling.office import Office


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
