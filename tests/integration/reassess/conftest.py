"""A bench for each test."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaProducer

from pickup_runtime.testing.plugin import MakePool
from tests.integration.reassess.bench import Bench


@pytest.fixture
async def bench(database: MakePool, producer: AIOKafkaProducer) -> Bench:
    return Bench(await database("risk_scorer", "scorer"), producer)
