"""booking-ingest as it starts: no event is taken before it is known how the operator's events are to be read."""

from __future__ import annotations

import asyncio
import json
import socket

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from structlog.testing import capture_logs

from booking_ingest.keys import PREFIX
from booking_ingest.main import main
from booking_ingest.settings import IngestSettings
from booking_ingest.store import Store
from pickup_contracts.codec import encode
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import BOOKING_EVENTS, Topic
from pickup_runtime import operators, tokens
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.kafka import ensure_topics
from pickup_runtime.testing.plugin import MakePool, MakeReader

from .events import raw, ride


async def test_events_wait_for_the_operators_profiles(
    database: MakePool,
    postgres: EmbeddedPostgres,
    kafka: EmbeddedKafka,
    producer: AIOKafkaProducer,
    operator_id: str,
    read_topics: MakeReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A topic that is not there yet can't be read, whatever else answers.
    topic = Topic(f"{operator_id}.operators", 1, "compact", None)
    monkeypatch.setattr(operators, "OPERATORS", topic)
    monkeypatch.setattr(operators, "_SAY_AGAIN_S", 0.1)
    pool = await database("booking_ingest", "ingest")
    minted = tokens.mint(PREFIX)
    await Store(pool).add_key(minted.key_id, operator_id, minted.secret_sha256, "test")
    reader = await read_topics(BOOKING_EVENTS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dsn = postgres.dsn(await pool.fetchval("select current_database()"), "pickup_ingest")
    settings = IngestSettings(  # type: ignore[call-arg]
        kafka_bootstrap=kafka.bootstrap, ingest_dsn=SecretStr(dsn), ingest_port=port
    )
    event = raw(ride("b-1", occurred_at="2026-07-20T12:00:00", booker={"phone": "01 23 45 67 89"}))

    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        transport=httpx.AsyncHTTPTransport(retries=10),
        headers={"authorization": f"Bearer {minted.text}", "content-type": "application/json"},
    ) as client:

        async def ready() -> httpx.Response:
            answer = await client.get("/health/ready")
            for _ in range(300):
                if answer.status_code == 200:
                    break
                await asyncio.sleep(0.1)
                answer = await client.get("/health/ready")
            return answer

        with capture_logs() as logged:
            running = asyncio.create_task(main(settings))
            try:
                early = await client.post("/v1/bookings/events", content=event)
                assert (early.status_code, early.headers["retry-after"]) == (503, "2"), early.text
                health = await client.get("/health/ready")
                assert health.status_code == 503
                assert health.json()["checks"] == {"database": True, "broker": True, "operators": False}
                assert (await client.get("/health/live")).status_code == 200
                await asyncio.sleep(0.3)
                assert "operators_not_read" in {line["event"] for line in logged}

                await ensure_topics(kafka.bootstrap, [topic])
                profile = OperatorProfile(operator_id=operator_id, name="X", country="FR", time_zone="Europe/Paris")
                await producer.send_and_wait(topic.name, key=operator_id.encode(), value=encode(profile))
                assert (await ready()).status_code == 200
                # Until the topic was there, its end could be read before the profile: it is followed from then on.
                for _ in range(50):
                    late = await client.post("/v1/bookings/events", content=event)
                    if late.status_code == 202:
                        break
                    await asyncio.sleep(0.1)
                assert late.status_code == 202, late.text
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    (record,) = await reader.until(bool, of=lambda one: (one.key or b"").startswith(operator_id.encode()))
    published = json.loads(record.value or b"")
    assert published["occurred_at"] == "2026-07-20T10:00:00Z"
    assert published["booker"]["phone"] == "+33123456789"
