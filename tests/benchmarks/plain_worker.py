"""The scorer's batch path under a plain aiokafka loop: what the faust worker is measured against."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime.entry import run_service
from pickup_runtime.kafka import Record, consume, start_consumer, start_producer
from pickup_runtime.postgres import open_pool
from risk_scorer.assess import Assessor
from risk_scorer.batch import BatchProcessor
from risk_scorer.judging import Judging
from risk_scorer.policy import shipped
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.settings import ScorerSettings
from risk_scorer.store import Store


async def main(settings: ScorerSettings) -> None:
    """The same code as the worker, the same settings, another loop around it."""
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
    processor = BatchProcessor(Assessor(judging), producer)

    async def handle(records: list[Record]) -> None:
        await processor.process(records)

    consumer = await start_consumer(settings.kafka_bootstrap, [BOOKING_EVENTS], group="plain-scorer")
    try:
        await consume(consumer, handle, max_records=settings.batch_events, wait_ms=int(settings.batch_wait_s * 1000))
    except asyncio.CancelledError:
        await consumer.stop()
        raise


if __name__ == "__main__":
    run_service("plain-scorer", ScorerSettings, main)
