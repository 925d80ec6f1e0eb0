"""A worker that follows what is published."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from pickup_runtime.clock import SystemClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.testing.plugin import MakePool
from tests.integration.policies.worker import Worker, following


@pytest.fixture
def name() -> str:
    return f"test-{uuid4().hex[:8]}"


@pytest.fixture
async def worker(kafka: EmbeddedKafka, database: MakePool, name: str) -> AsyncIterator[Worker]:
    made = Worker(kafka, await database("risk_scorer", "scorer"), name, SystemClock())
    async with following(made):
        yield made
