"""The scorer's batch path without a loop around it: what the loops that faust is measured against have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from pickup_runtime.kafka import Record, start_producer
from pickup_runtime.postgres import Pool
from risk_scorer.assess import Assessor
from risk_scorer.batch import BatchProcessor
from risk_scorer.judging import Judging
from risk_scorer.policy import shipped
from risk_scorer.pools import open_pools
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.settings import ScorerSettings
from risk_scorer.store import Store


async def open_processor(settings: ScorerSettings) -> tuple[BatchProcessor, Pool, AIOKafkaProducer]:
    """The same code as the worker's, with the same settings, and what it holds open."""
    pool, early = await open_pools(settings.dsn())
    producer = await start_producer(settings.kafka_bootstrap)
    judging = Judging(
        Store(pool, early),
        shipped.program(),
        settings.keys(),
        opted_in=lambda _: False,
        now=lambda: datetime.now(UTC),
        premises=PremisesKnowledge(PremisesStore(pool, early), settings.keys()),
    )
    return BatchProcessor(Assessor(judging), producer), pool, producer


async def side_by_side(processor: BatchProcessor, records: Sequence[Record]) -> None:
    """A batch in two parts, each booking whole in one: while one waits for the database the other works. The product's
    worker has several batches in flight for that, which only its loop can acknowledge in order."""
    parts: tuple[list[Record], list[Record]] = ([], [])
    for record in records:
        parts[hash(record.key) & 1].append(record)
    await asyncio.gather(*(processor.process(part) for part in parts if part))
