"""The faust worker: batches of booking events in, assessments out, acknowledged when the broker has them.

faust 0.15.3 acknowledges a batch when the loop body ends, also when it ends by an exception that faust catches.
So an error stops the process before the body ends, and its supervisor starts it again at the last commit.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

import faust
from aiokafka import ConsumerRecord
from faust.exceptions import ConsumerNotStarted

from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import logs
from risk_scorer.batch import BatchProcessor

_log = logs.get("worker")


def build_app(bootstrap: str, *, commit_interval_s: float = 1.0) -> faust.App:
    """A faust app that keeps no tables, declares no topics and serves no web page."""
    brokers = ";".join(f"kafka://{broker}" for broker in bootstrap.split(","))
    return faust.App(
        "risk-scorer",
        broker=brokers,
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


def attach(
    app: faust.App, processor: BatchProcessor, *, batch_events: int, batch_wait_s: float, busy: asyncio.Lock
) -> Any:
    """Add the one agent that takes batches from `booking.events.v1`; it holds `busy` while it works on one."""
    topic = app.topic(BOOKING_EVENTS.name, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(topic, name="assess")
    async def assess(stream: Any) -> None:
        async for events in stream.take_events(batch_events, within=batch_wait_s):
            records = [_record(event.message) for event in events]
            try:
                async with busy:
                    await processor.process(records)
            except asyncio.CancelledError:
                raise
            except Exception:
                _log.exception("batch_failed", events=len(records))
                # Nothing may acknowledge this batch: not faust's handler, not a commit on the way out.
                os._exit(70)

    return assess


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
