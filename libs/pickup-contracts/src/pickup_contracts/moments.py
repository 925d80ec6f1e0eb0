"""Which times can be times of a booking. Systems write others for "not set" (year 1) or "never" (year 9999)."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def can_be(at: datetime) -> bool:
    """Whether a time with an offset lies where arithmetic on it, in any zone and in any database, stays possible."""
    return EARLIEST <= at < LATEST


def possible(at: object) -> datetime | None:
    """`at` where it is a time that can be one; `None` for all else, as for what is not known."""
    return at if isinstance(at, datetime) and can_be(at) else None
