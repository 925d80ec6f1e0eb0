"""The one door for what cannot be processed: the original bytes, with who refused them and why."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from pickup_contracts.cloudevents import Headers
from pickup_contracts.topics import Topic, dead_letter
from pickup_runtime import logs, metrics
from pickup_runtime.kafka import Record

_log = logs.get("dead_letter")


class DeadLetter(Struct, frozen=True):
    """One message that was refused. `reason` never holds personal data: it names a field and what was wrong."""

    record: Record
    error: str
    reason: str


def headers_of(letter: DeadLetter, *, service: str) -> Headers:
    """The original headers, then who refused it, why, and where it stood, so that it can be replayed."""
    record = letter.record
    seen = dict(record.headers)
    attempt = int(seen.get("dlq_attempt", b"0")) + 1
    first_seen = seen.get("dlq_first_seen", str(record.timestamp).encode())
    kept = [(name, value) for name, value in record.headers if not name.startswith("dlq_")]
    return [
        *kept,
        ("dlq_service", service.encode()),
        ("dlq_error", letter.error.encode()),
        ("dlq_reason", letter.reason.encode()),
        ("dlq_topic", record.topic.encode()),
        ("dlq_partition", str(record.partition).encode()),
        ("dlq_offset", str(record.offset).encode()),
        ("dlq_first_seen", first_seen),
        ("dlq_attempt", str(attempt).encode()),
    ]


async def bury(producer: AIOKafkaProducer, topic: Topic, letters: Sequence[DeadLetter], *, service: str) -> None:
    """Publish `letters` to the dead-letter topic of `topic`, wait until the broker has them all, count and log them."""
    target = dead_letter(topic).name
    pending = [
        await producer.send(
            target,
            value=letter.record.value,
            key=letter.record.key,
            headers=headers_of(letter, service=service),
            partition=letter.record.partition,
        )
        for letter in letters
    ]
    for sent in pending:
        await sent
    for letter in letters:
        metrics.dead_letters.labels(service, letter.error).inc()
        _log.warning(
            "dead_letter", topic=topic.name, error=letter.error, reason=letter.reason, offset=letter.record.offset
        )
