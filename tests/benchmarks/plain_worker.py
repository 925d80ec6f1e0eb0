"""The scorer's batch path under a plain aiokafka loop: what the faust worker is measured against."""

from __future__ import annotations

import asyncio

from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime.entry import run_service
from pickup_runtime.kafka import Record, consume, start_consumer
from risk_scorer.settings import ScorerSettings
from tests.benchmarks.scoring import open_processor, side_by_side


async def main(settings: ScorerSettings) -> None:
    """The same code as the worker, the same settings, another loop around it."""
    processor, _, _ = await open_processor(settings)

    async def handle(records: list[Record]) -> None:
        await side_by_side(processor, records)

    consumer = await start_consumer(settings.kafka_bootstrap, [BOOKING_EVENTS], group="plain-scorer")
    try:
        await consume(
            consumer, handle, max_records=2 * settings.batch_events, wait_ms=int(settings.batch_wait_s * 1000)
        )
    except asyncio.CancelledError:
        await consumer.stop()
        raise


if __name__ == "__main__":
    run_service("plain-scorer", ScorerSettings, main)
