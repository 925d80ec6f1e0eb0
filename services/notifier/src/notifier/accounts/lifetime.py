"""How long a sign-in lasts: not beyond a shift, and not unused."""

from __future__ import annotations

from datetime import datetime, timedelta

#: A shift. After it everybody signs in again.
ABSOLUTE = timedelta(hours=12)
#: Without a page open. An open page keeps its session: nobody is signed out while they watch a quiet night.
IDLE = timedelta(hours=2)
#: How often it is written down that a session is in use.
SEEN_EVERY = timedelta(minutes=1)
#: How long a link to choose a password works, once.
SETUP = timedelta(hours=72)


def alive(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session still opens the door."""
    return now < created_at + ABSOLUTE and now < seen_at + IDLE


def stale(seen_at: datetime, now: datetime) -> bool:
    """Whether its use should be written down again."""
    return now >= seen_at + SEEN_EVERY
