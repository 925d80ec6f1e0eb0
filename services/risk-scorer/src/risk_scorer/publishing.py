"""Assessments to `risk.assessments.v1`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from pickup_contracts.booking import booking_key
from pickup_contracts.cloudevents import headers
from pickup_contracts.topics import ASSESSMENTS, BOOKING_EVENTS
from pickup_runtime.outgoing import Outgoing


class Message(Struct, frozen=True, gc=False):
    """One encoded Assessment. `message_id` names what led to it, `partition` is that of its booking's events where it
    is known."""

    operator_id: str
    booking_id: str
    assessment: bytes
    message_id: str
    at: datetime
    partition: int | None


async def publish(producer: AIOKafkaProducer, messages: Iterable[Message]) -> None:
    """Publish, and return when the broker has all of it.

    Raises:
        KafkaError: it has not, or not all.
    """
    partitions = await producer.partitions_for(ASSESSMENTS.name)
    # Among as many partitions, the same key has the same one.
    alike = len(partitions) == len(await producer.partitions_for(BOOKING_EVENTS.name))
    outgoing = Outgoing(producer, ASSESSMENTS, partitions)
    for one in messages:
        outgoing.add(
            booking_key(one.operator_id, one.booking_id),
            one.assessment,
            headers(
                "pickup.booking.assessed",
                event_id=one.message_id,
                operator_id=one.operator_id,
                subject=one.booking_id,
                at=one.at,
            ),
            like=one.partition if alike else None,
        )
    await outgoing.send()
