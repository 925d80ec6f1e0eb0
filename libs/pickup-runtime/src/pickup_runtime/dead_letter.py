"""The one door for what cannot be processed: the original bytes, with who refused them and why."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from pickup_contracts.cloudevents import Headers
from pickup_contracts.topics import Topic, dead_letter
from pickup_runtime import logs, metrics
from pickup_runtime.kafka import Record

#: Bytes of a letter: a broker takes a megabyte unless it is told otherwise, and the letter's envelope is in that.
_MOST = 1_000_000
_LONGEST_KEY = 1_000
#: Lengths that are written before a header's name and value.
_FRAME = 10
#: Says of a letter that its body was too large to be kept with it.
LEFT_OUT = "dlq_left_out"
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
    attempt = (_number(seen.get("dlq_attempt")) or 0) + 1
    first_seen = _number(seen.get("dlq_first_seen"))
    kept = [(name, value or b"") for name, value in record.headers if not name.startswith("dlq_")]
    return [
        *kept,
        ("dlq_service", service.encode()),
        ("dlq_error", letter.error.encode()),
        ("dlq_reason", letter.reason.encode()),
        ("dlq_topic", record.topic.encode()),
        ("dlq_partition", str(record.partition).encode()),
        ("dlq_offset", str(record.offset).encode()),
        ("dlq_first_seen", str(record.timestamp if first_seen is None else first_seen).encode()),
        ("dlq_attempt", str(attempt).encode()),
    ]


def _number(value: bytes | None) -> int | None:
    """A header's number; anybody may have written something else there."""
    return int(value) if value is not None and len(value) <= 18 and value.isdigit() else None


def _fitting(letter: DeadLetter, service: str) -> tuple[bytes | None, bytes | None, Headers]:
    """A letter's key, body and headers. One that fills its topic has no room for a reason: it is kept without its body,
    which stands at its place in its own topic for as long as that keeps it."""
    record, headers = letter.record, headers_of(letter, service=service)
    told_in = sum(len(name.encode()) + len(value) + _FRAME for name, value in headers)
    if len(record.value or b"") + len(record.key or b"") + told_in <= _MOST:
        # A producer takes no message of neither.
        return record.key, b"" if record.key is None and record.value is None else record.value, headers
    key = record.key if record.key is not None and len(record.key) <= _LONGEST_KEY else None
    told = [(name, value) for name, value in headers if name.startswith("dlq_")]
    return key, b"", [*told, (LEFT_OUT, b"body")]


async def bury(producer: AIOKafkaProducer, topic: Topic, letters: Sequence[DeadLetter], *, service: str) -> None:
    """Publish `letters` to the dead-letter topic of `topic`, wait until the broker has them all, count and log them."""
    target = dead_letter(topic).name
    pending = []
    for letter in letters:
        key, body, headers = _fitting(letter, service)
        pending.append(
            await producer.send(target, value=body, key=key, headers=headers, partition=letter.record.partition)
        )
    for sent in pending:
        await sent
    for letter in letters:
        metrics.dead_letters.labels(service, letter.error).inc()
        _log.warning(
            "dead_letter", topic=topic.name, error=letter.error, reason=letter.reason, offset=letter.record.offset
        )
