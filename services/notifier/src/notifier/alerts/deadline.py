"""How attempts are spaced in the time that is left."""

from __future__ import annotations

from datetime import datetime, timedelta

_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=30)
_SHARE = 8


def next_attempt(now: datetime, deadline: datetime, *, attempts: int) -> datetime | None:
    """When to try again after `attempts` tries; `None` once the time has run out.

    Soon at first (1, 2, 4 s …), then after an eighth of the time that is left, and never less often than every 30 s.
    The usual back-offs of 5 s, 5 min, 35 min would waste a pickup window of 10 to 20 minutes after two attempts.
    """
    left = deadline - now
    if left <= timedelta(0):
        return None
    share = min(max(left / _SHARE, _SHORTEST), _LONGEST)
    soon: timedelta = _SHORTEST * (1 << min(attempts - 1, 10))
    return now + min(soon, share)
