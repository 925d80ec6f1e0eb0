"""The scorer's batch path without a loop around it: what the loops that faust is measured against have in common."""

from __future__ import annotations

from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from pickup_runtime.kafka import start_producer
from pickup_runtime.postgres import Pool, open_pool
from risk_scorer.assess import Assessor
from risk_scorer.batch import BatchProcessor
from risk_scorer.judging import Judging
from risk_scorer.policy import shipped
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.settings import ScorerSettings
from risk_scorer.store import Store


async def open_processor(settings: ScorerSettings) -> tuple[BatchProcessor, Pool, AIOKafkaProducer]:
    """The same code as the worker's, with the same settings, and what it holds open."""
    pool = await open_pool(settings.dsn(), schema="scorer")
    producer = await start_producer(settings.kafka_bootstrap)
    judging = Judging(
        Store(pool),
        shipped.program(),
        settings.keys(),
        opted_in=lambda _: False,
        now=lambda: datetime.now(UTC),
        premises=PremisesKnowledge(PremisesStore(pool), settings.keys()),
    )
    return BatchProcessor(Assessor(judging), producer), pool, producer
