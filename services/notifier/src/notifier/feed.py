"""What waits in the database on its way to topics, in order, each until the broker has it: steps of alerts to
`pickup.alerts.v1`, what people found to `pickup.outcomes.v1`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from notifier.feed_rows import FeedRow
from notifier.live import Bell
from notifier.outbox import Outbox
from pickup_contracts.booking import booking_key
from pickup_contracts.cloudevents import EventType, headers
from pickup_contracts.topics import ALERTS, OUTCOMES, Topic
from pickup_runtime import logs
from pickup_runtime.postgres import UNAVAILABLE

_BATCH = 200
_log = logs.get("feed")


async def publish_feed(outbox: Outbox, producer: AIOKafkaProducer, bell: Bell) -> None:
    """Publish what waits, then wait to be woken; runs until cancelled."""
    while True:
        with bell.listen() as rung:
            try:
                while await _publish(outbox, producer) == _BATCH:
                    pass
                while await _publish_outcomes(outbox, producer) == _BATCH:
                    pass
            except (*UNAVAILABLE, KafkaError) as error:
                _log.warning("feed_delayed", error=type(error).__name__)
            await rung.wait(timeout_s=1.0)


async def _publish(outbox: Outbox, producer: AIOKafkaProducer) -> int:
    async with outbox.steps(_BATCH) as rows:
        await _send_all(producer, ALERTS, "pickup.alert.changed", rows)
        return len(rows)


async def _publish_outcomes(outbox: Outbox, producer: AIOKafkaProducer) -> int:
    async with outbox.outcomes(_BATCH) as rows:
        await _send_all(producer, OUTCOMES, "pickup.outcome.reported", rows)
        return len(rows)


async def _send_all(producer: AIOKafkaProducer, topic: Topic, event: EventType, rows: Sequence[FeedRow]) -> None:
    pending = [await _send(producer, topic, event, row) for row in rows]
    async with asyncio.timeout(15.0):
        for sent in pending:
            await sent


async def _send(producer: AIOKafkaProducer, topic: Topic, event: EventType, row: FeedRow) -> asyncio.Future[object]:
    sent: asyncio.Future[object] = await producer.send(
        topic.name,
        key=booking_key(row.operator_id, row.booking_id),
        value=row.body,
        headers=headers(
            event,
            event_id=str(row.event_id),
            operator_id=row.operator_id,
            subject=row.booking_id,
            at=row.at,
        ),
    )
    return sent
