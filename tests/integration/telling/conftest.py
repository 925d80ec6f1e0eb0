"""An office with a desk and a duty manager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from notifier.actions import Actions
from notifier.consumer import Consumer
from notifier.escalation import Escalation
from notifier.live import Bell, listen
from notifier.receipts import Receipts
from notifier.store import Store
from notifier.telling import Teller
from pickup_contracts.office import OfficeContact
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import SystemClock
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool
from tests.integration.telling.office import Line, Office


@pytest.fixture
async def office(
    operator_id: str, database: MakePool, postgres: EmbeddedPostgres, producer: AIOKafkaProducer
) -> AsyncIterator[Office]:
    pool = await database("notifier", "notifier")
    dsn = postgres.dsn(await pool.fetchval("select current_database()"), "pickup_notifier")
    store, operators, clock, bell = Store(pool), OperatorDirectory(), SystemClock(), Bell()
    operators.put(
        OperatorProfile(
            operator_id=operator_id,
            name="X",
            webhook=Webhook(url="https://x.example/hook"),
            contacts=[
                OfficeContact(role="dispatcher", name="Desk", sms="+447700900001", voice="+447700900001"),
                OfficeContact(role="duty_manager", name="Ada", sms="+447700900003"),
            ],
        )
    )
    lines = {name: Line(name) for name in ("webhook", "sms", "voice")}
    teller = Teller(operators, channels=frozenset(lines))
    made = Office(operator_id, pool, store, Consumer(store, producer, operators, clock, teller), operators)
    made.lines, made.running, made.bell = lines, [asyncio.create_task(listen(dsn, bell))], bell
    made.actions = Actions(store, operators, teller, clock)
    made.escalation = Escalation(store, teller, clock, bell)
    made.receipts = Receipts(store, clock)
    yield made
    for task in made.running:
        task.cancel()
    await asyncio.gather(*made.running, return_exceptions=True)
