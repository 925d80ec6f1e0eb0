"""How attempts are spaced in the time that is left."""

from __future__ import annotations

from datetime import datetime, timedelta

_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=30)
_SHARE = 8


def next_attempt(now: datetime, deadline: datetime) -> datetime | None:
    """When to try again: after an eighth of the time that is left, between 1 and 30 s. `None` once it has run out.

    The usual back-offs of 5 s, 5 min, 35 min would waste a pickup window of 10 to 20 minutes after two attempts.
    """
    left = deadline - now
    if left <= timedelta(0):
        return None
    return now + min(max(left / _SHARE, _SHORTEST), _LONGEST)
