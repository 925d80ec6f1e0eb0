"""What waits in the database on its way to topics, in order, each until the broker has it: steps of alerts to
`pickup.alerts.v1`, what people found to `pickup.outcomes.v1`."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError, RecordTooLargeError

from notifier.feed_rows import FeedRow
from notifier.live import Bell
from notifier.outbox import Outbox, Waiting
from pickup_contracts.booking import booking_key
from pickup_contracts.cloudevents import EventType, headers
from pickup_contracts.topics import ALERTS, OUTCOMES, Topic
from pickup_runtime import logs
from pickup_runtime.postgres import UNAVAILABLE, lies_in_the_row

_BATCH = 200
#: What a broker says of a message that it will never take, however often it is sent.
_NEVER = (MessageSizeTooLargeError, RecordListTooLargeError, RecordTooLargeError)
_log = logs.get("feed")


async def publish_feed(outbox: Outbox, producer: AIOKafkaProducer, bell: Bell) -> None:
    """Publish what waits, then wait to be woken; runs until cancelled. What can't be published is set aside, and the
    rest goes on. `producer` is not idempotent: one that is can't send on after what the broker refused."""
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
    async with outbox.steps(_BATCH) as waiting:
        await _send_all(producer, ALERTS, "pickup.alert.changed", waiting)
        return len(waiting.rows)


async def _publish_outcomes(outbox: Outbox, producer: AIOKafkaProducer) -> int:
    async with outbox.outcomes(_BATCH) as waiting:
        await _send_all(producer, OUTCOMES, "pickup.outcome.reported", waiting)
        return len(waiting.rows)


async def _send_all(producer: AIOKafkaProducer, topic: Topic, event: EventType, waiting: Waiting) -> None:
    """Send all and wait until the broker has them.

    Raises:
        KafkaError: the broker does not answer; none of them counts as sent.
    """
    pending = []
    for row in waiting.rows:
        try:
            pending.append((row, await _send(producer, topic, event, row)))
        except Exception as error:
            if not _never(error):
                raise
            waiting.refused[row] = error
    doubted = []
    async with asyncio.timeout(15.0):
        for row, sent in pending:
            try:
                await sent
            except _NEVER:
                # The broker takes or refuses what it is sent together: which of them it means shows alone.
                doubted.append(row)
        for row in doubted:
            try:
                await (await _send(producer, topic, event, row))
            except _NEVER as error:
                waiting.refused[row] = error


def _never(error: Exception) -> bool:
    return isinstance(error, _NEVER) or lies_in_the_row(error)


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
