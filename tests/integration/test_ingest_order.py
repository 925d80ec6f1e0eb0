"""Events of one booking are published in the order in which they came, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer

from booking_ingest.api.auth import Gate
from booking_ingest.errors import NotAvailable
from booking_ingest.intake import Intake
from booking_ingest.store import EventKey, Remembered, Store
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime.testing.plugin import MakePool, MakeReader

from .events import raw, ride
from .intakes import no_operators


class Uneven(Store):
    """Answers the sooner the later it was asked: `waits_s` by the number of the batch."""

    waits_s: Sequence[float] = ()
    asked = 0

    async def remembered(self, keys: Sequence[EventKey], contents: Sequence[bytes]) -> dict[EventKey, Remembered]:
        wait_s = self.waits_s[self.asked] if self.asked < len(self.waits_s) else 0.0
        self.asked += 1
        await asyncio.sleep(wait_s)
        return await super().remembered(keys, contents)


async def test_a_faster_batch_does_not_overtake(
    database: MakePool,
    producer: AIOKafkaProducer,
    operator_id: str,
    read_topics: MakeReader,
) -> None:
    store = Uneven(await database("booking_ingest", "ingest"))
    store.waits_s = (0.6, 0.3, 0.1)
    reader = await read_topics(BOOKING_EVENTS)
    intake = Intake(store, producer, Gate(store), no_operators(), publish_timeout_s=5)
    running = asyncio.create_task(intake.run())
    taken: list[asyncio.Task[object]] = []
    at = "2026-11-20T11:00:00Z"
    for batch in range(3):
        for booking in ("b-1", f"b-of-{batch}"):
            event = raw(ride(booking, f"{booking}-{batch}", occurred_at=at, passengers=batch + 1))
            taken.append(asyncio.create_task(intake.take(operator_id, event)))
        await asyncio.sleep(0.05)
    # What is of no booking before it has nobody to wait for.
    other = raw(ride("b-other", occurred_at=at))
    await asyncio.wait_for(intake.take(operator_id, other), 0.3)
    await asyncio.gather(*taken)
    found = await reader.until(
        lambda records: len(records) == 7, of=lambda one: (one.key or b"").startswith(operator_id.encode())
    )
    of_one = [dict(record.headers)["ce_id"] for record in found if record.key == f"{operator_id}/b-1".encode()]
    assert of_one == [b"b-1-0", b"b-1-1", b"b-1-2"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_would_have_to_wait_too_long_is_not_taken(
    database: MakePool, producer: AIOKafkaProducer, operator_id: str
) -> None:
    store = Uneven(await database("booking_ingest", "ingest"))
    store.waits_s = (1.5,)
    intake = Intake(store, producer, Gate(store), no_operators(), publish_timeout_s=0.5)
    running = asyncio.create_task(intake.run())
    first = asyncio.create_task(intake.take(operator_id, raw(ride("b-1", "e-1"))))
    await asyncio.sleep(0.05)
    with pytest.raises(NotAvailable):
        await asyncio.wait_for(intake.take(operator_id, raw(ride("b-1", "e-2"))), 1.2)
    assert not (await first).replayed
    assert not (await intake.take(operator_id, raw(ride("b-1", "e-2")))).replayed
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
