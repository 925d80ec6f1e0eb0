"""How long a server asks to be left alone (RFC 9110, 10.2.3). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(value: str | None, now: datetime) -> float | None:
    """A `Retry-After` as seconds from `now`: it comes as a number or as a date. `None` when there is none that can be
    read; never negative."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now, now - now).total_seconds()
