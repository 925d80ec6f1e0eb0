"""The scorer's batch path in Quix Streams: what the faust worker is measured against.

Quix hands over one message at a time and has its batches in sinks: what a checkpoint gathered is flushed, and only then
are its offsets committed. So the batch path stands in a sink, a checkpoint is due after as many messages or as much
time as the worker's batch, and a message is acknowledged when its assessment is committed and published, as in the
other loops. The sink's event loop runs in the consumer's own thread: nothing competes with it.
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import uvloop
from aiokafka import ConsumerRecord
from quixstreams import Application
from quixstreams.sinks.base import BaseSink

from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs
from pickup_runtime.collector import calm
from pickup_runtime.kafka import Record
from risk_scorer.batch import BatchProcessor
from risk_scorer.settings import ScorerSettings
from tests.benchmarks.scoring import open_processor, side_by_side


class ScoringSink(BaseSink):  # type: ignore[misc]
    """Gathers a checkpoint's messages and takes them through the batch path whole."""

    def __init__(self, processor: BatchProcessor, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._processor = processor
        self._loop = loop
        self._records: list[Record] = []

    def add(self, value: Any, key: Any, timestamp: int, headers: Any, topic: str, partition: int, offset: int) -> None:
        """Keep a message for the checkpoint."""
        self._records.append(
            ConsumerRecord(
                topic,
                partition,
                offset,
                timestamp,
                0,
                key,
                value,
                None,
                len(key or b""),
                len(value or b""),
                tuple(headers or ()),
            )
        )

    def flush(self) -> None:
        """Returns when every assessment is committed and published; an error stops the application."""
        records, self._records = self._records, []
        if records:
            self._loop.run_until_complete(side_by_side(self._processor, records))


def main() -> None:
    settings = ScorerSettings()  # type: ignore[call-arg]
    logs.configure("quix-scorer", level=settings.log_level, form=settings.log_format)
    calm()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    processor, pool, producer = loop.run_until_complete(open_processor(settings))
    with tempfile.TemporaryDirectory() as state:
        app = Application(
            broker_address=settings.kafka_bootstrap,
            consumer_group="quix-scorer",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            processing_guarantee="at-least-once",
            commit_every=2 * settings.batch_events,
            commit_interval=settings.batch_wait_s,
            state_dir=state,
            loglevel="WARNING",
        )
        topic = app.topic(BOOKING_EVENTS.name, key_deserializer="bytes", value_deserializer="bytes")
        app.dataframe(topic).sink(ScoringSink(processor, loop))
        try:
            app.run()
        finally:
            loop.run_until_complete(producer.stop())
            loop.run_until_complete(pool.close())


if __name__ == "__main__":
    main()
