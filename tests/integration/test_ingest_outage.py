"""A broker that is away gives 503 and a time to try again; nothing that was not published was accepted."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest

from booking_ingest.api.auth import Gate
from booking_ingest.errors import NotAvailable
from booking_ingest.intake import Intake
from booking_ingest.keys import PREFIX
from booking_ingest.store import Store
from pickup_contracts import topics
from pickup_runtime import tokens
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.kafka import ensure_topics, start_producer
from pickup_runtime.testing.plugin import MakePool

from .events import raw, ride
from .intakes import no_operators


async def test_no_202_without_the_broker(tmp_path: Path, database: MakePool) -> None:
    operator_id = f"op-{uuid.uuid4().hex[:8]}"
    server = EmbeddedKafka(tmp_path)
    await asyncio.to_thread(server.start)
    await ensure_topics(server.bootstrap, [topics.BOOKING_EVENTS, topics.OPERATORS])
    store = Store(await database("booking_ingest", "ingest"))
    minted = tokens.mint(PREFIX)
    await store.add_key(minted.key_id, operator_id, minted.secret_sha256, "")
    producer = await start_producer(server.bootstrap, request_timeout_s=2)
    intake = Intake(store, producer, Gate(store), no_operators(), publish_timeout_s=2)
    running = asyncio.create_task(intake.run())
    key = f"Bearer {minted.text}"
    event = raw(ride("b-1"))
    try:
        assert not (await intake.take(await intake.admit(key), raw(ride("b-0", "e-0")))).replayed
        await asyncio.to_thread(server.stop)
        with pytest.raises(NotAvailable, match="the broker did not answer") as caught:
            await intake.take(operator_id, event)
        assert (caught.value.status, caught.value.retry_after_s) == (503, 2)
        await asyncio.to_thread(server.start)
        for _ in range(20):
            try:
                receipt = await intake.take(operator_id, event)
                break
            except NotAvailable:
                await asyncio.sleep(0.5)
        assert json.loads(event)["event_id"] == receipt.event_id
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await producer.stop()
        await asyncio.to_thread(server.stop)
