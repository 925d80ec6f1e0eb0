"""The faust worker: batches of booking events in, assessments out, acknowledged when the broker has them.

An error stops the process, whatever else it is doing, and its supervisor starts it again at the last commit: faust
would catch it and go on with the next batch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import faust
from aiokafka import ConsumerRecord
from faust.exceptions import ConsumerNotStarted

from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs
from pickup_runtime.broker import Address, Broker, broker_at
from pickup_runtime.kafka import Record
from risk_scorer.batch import BatchProcessor
from risk_scorer.claims import Claims
from risk_scorer.delivery import App, batches
from risk_scorer.lanes import Lanes
from risk_scorer.settings import ScorerSettings

_log = logs.get("worker")


def build_app(address: Address, *, commit_interval_s: float = 1.0) -> faust.App:
    """A faust app that keeps no tables, declares no topics and serves no web page."""
    kafka = broker_at(address)
    return App(
        "risk-scorer",
        broker=";".join(f"kafka://{one}" for one in kafka.bootstrap.split(",")),
        broker_credentials=_credentials(kafka),
        autodiscover=False,
        # It makes this folder whatever it is told to keep; nothing is ever put there.
        datadir=str(Path(tempfile.gettempdir()) / "pickup-guard-faust"),
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        broker_commit_interval=commit_interval_s,
        broker_commit_livelock_soft_timeout=300.0,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.5,
        broker_max_poll_records=1000,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=4096,
        producer_acks=-1,
        value_serializer="raw",
        key_serializer="raw",
    )


def _credentials(kafka: Broker) -> Any:
    """How faust's own consumer and producer speak to the broker; `None` when it asks nothing."""
    if kafka.mechanism is not None and kafka.password is not None:
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password.get_secret_value(),
            ssl_context=kafka.tls,
            mechanism=kafka.mechanism,
        )
    return faust.SSLCredentials(kafka.tls) if kafka.tls is not None else None


def attach(app: faust.App, processor: BatchProcessor, settings: ScorerSettings, claims: Claims) -> Any:
    """Add the one agent that takes batches from `booking.events.v1`; it claims the bookings of those in flight."""
    topic = app.topic(BOOKING_EVENTS.name, value_type=bytes, value_serializer="raw", key_serializer="raw")

    async def judge(records: Sequence[Record]) -> None:
        # A message without a key belongs to no booking, and is buried as such.
        async with claims.of({record.key for record in records if record.key is not None}):
            await processor.process(records)

    @app.agent(topic, name="assess")
    async def assess(stream: Any) -> None:
        lanes = Lanes(_fatal, settings.batches_in_flight)

        async def acknowledge(events: Sequence[Any]) -> None:
            for event in events:
                event.ack()

        try:
            async for events in batches(stream, settings.batch_events, settings.batch_wait_s, lanes.calm):
                records = [_record(event.message) for event in events]
                await lanes.begin(partial(judge, records), partial(acknowledge, events))
        finally:
            await lanes.stop()

    return assess


def _fatal(error: Exception) -> None:
    """End the process: neither faust's handler nor a commit on the way out may acknowledge what was not judged."""
    _log.error("batch_failed", exc_info=error)
    os._exit(70)


def partitions(app: faust.App) -> set[int]:
    """The partitions of `booking.events.v1` that are this worker's now; none while they are being shared out."""
    if not app.started or app.rebalancing:
        return set()
    return {one.partition for one in assigned(app) or () if one.topic == BOOKING_EVENTS.name}


def assigned(app: faust.App) -> Any:
    """The topic partitions that the consumer has, as faust knows them; `None` before it has any. An app says that it
    has started a moment before its consumer's thread has."""
    try:
        return app.consumer.assignment()
    except ConsumerNotStarted:
        return None


def _record(message: Any) -> ConsumerRecord[bytes | None, bytes | None]:
    """faust's message as the record that it was made from."""
    return ConsumerRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=int(message.timestamp * 1000),
        timestamp_type=message.timestamp_type,
        key=message.key,
        value=message.value,
        checksum=None,
        serialized_key_size=len(message.key or b""),
        serialized_value_size=len(message.value or b""),
        headers=_headers(message.headers),
    )


def _headers(headers: Any) -> tuple[tuple[str, bytes], ...]:
    if not headers:
        return ()
    return tuple(headers.items()) if isinstance(headers, dict) else tuple(headers)
