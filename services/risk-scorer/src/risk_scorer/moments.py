"""Moments as whole microseconds since 1970 (UTC): what a booking met is compared by its time again and again, and a
number is read and compared in a fraction of a datetime's time, just as exactly (ADR 0082)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

HOUR = 3_600_000_000
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds from 1970 to an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND
