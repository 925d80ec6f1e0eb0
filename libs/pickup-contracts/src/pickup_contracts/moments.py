"""Which times can be times of a booking. Systems write others for "not set" (year 1) or "never" (year 9999)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
#: No clock and no zone is that far out.
_AHEAD = timedelta(days=1)


def can_be(at: datetime) -> bool:
    """Whether a time with an offset lies where arithmetic on it, in any zone and in any database, stays possible."""
    return EARLIEST <= at < LATEST


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether what is said to have happened `at` lies more than a day ahead. It would hide all that is said until then,
    which orders by when it happened."""
    return at - now > _AHEAD


def possible(at: object) -> datetime | None:
    """`at` where it is a time that can be one; `None` for all else, as for what is not known."""
    return at if isinstance(at, datetime) and can_be(at) else None
