"""CloudEvents 1.0 in Kafka's binary mode: the envelope travels in headers, the value stays plain JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

EventType = Literal[
    "pickup.booking.changed",
    "pickup.booking.assessed",
    "pickup.alert.changed",
    "pickup.outcome.reported",
    "pickup.policy.published",
    "pickup.operator.published",
]
Headers = list[tuple[str, bytes]]


def headers(
    event_type: EventType,
    *,
    event_id: str,
    operator_id: str,
    subject: str,
    at: datetime,
    traceparent: str | None = None,
) -> Headers:
    """The headers of one message. `subject` is the booking id; `at` becomes UTC."""
    made: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", f"/operators/{operator_id}".encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", at.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    ]
    if traceparent:
        made.append(("traceparent", traceparent.encode()))
    return made
