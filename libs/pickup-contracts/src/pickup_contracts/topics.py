"""The topics: names, partitions, retention. Created by `pickupctl topics`, never by a service."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

_DAY_MS = 24 * 60 * 60 * 1000


class Topic(Struct, frozen=True):
    """`retention_ms` is `None` for a compacted topic, which keeps the newest value of each key."""

    name: str
    partitions: int
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int | None = None


def _expiring(name: str, *, days: int) -> Topic:
    return Topic(name, partitions=12, cleanup="delete", retention_ms=days * _DAY_MS)


BOOKING_EVENTS = _expiring("booking.events.v1", days=7)
ASSESSMENTS = _expiring("risk.assessments.v1", days=30)
ALERTS = _expiring("pickup.alerts.v1", days=30)
OUTCOMES = _expiring("pickup.outcomes.v1", days=90)
POLICIES = Topic("risk.policies.v1", partitions=1, cleanup="compact")
OPERATORS = Topic("operators.v1", partitions=1, cleanup="compact")


def dead_letter(topic: Topic) -> Topic:
    """Where what could not be processed waits, as the original bytes, for 14 days."""
    return Topic(f"{topic.name}.dlq", topic.partitions, "delete", 14 * _DAY_MS)


_LIVE = (BOOKING_EVENTS, ASSESSMENTS, ALERTS, OUTCOMES, POLICIES, OPERATORS)
ALL: tuple[Topic, ...] = (*_LIVE, *(dead_letter(topic) for topic in _LIVE))
