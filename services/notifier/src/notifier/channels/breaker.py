"""When to stop knocking at a door that does not open. Pure: a state, what happens to it, and the time.

closed ── so many failures in a row ──▶ open ── its pause is over ──▶ one probe ── success ──▶ closed
                                         ▲                               │
                                         └── failure, for twice as long ─┘
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

_DOUBLINGS = 10


class Policy(Struct, frozen=True):
    """After `failures` in a row it stays open for `pause`, twice as long each time a probe fails, at most `longest`.
    Both are short: a pickup is minutes away."""

    failures: int = 5
    pause: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(seconds=40)


class Breaker(Struct, frozen=True):
    """`failures` in a row; `opened` times in a row without a success between; `until` when it may be probed, `None`
    while closed; `probing` while a probe is under way."""

    failures: int = 0
    opened: int = 0
    until: datetime | None = None
    probing: bool = False


CLOSED = Breaker()


def admit(breaker: Breaker, now: datetime) -> Breaker | timedelta:
    """The breaker with one more attempt under way, or how long to wait before the next can be let through."""
    if breaker.until is None:
        return breaker
    if now < breaker.until:
        return breaker.until - now
    if breaker.probing:
        return timedelta(seconds=1)
    return msgspec.structs.replace(breaker, probing=True)


def succeeded(_: Breaker) -> Breaker:
    """Whatever it was, the door has opened: also where it was a no to one message."""
    return CLOSED


def failed(breaker: Breaker, policy: Policy, now: datetime) -> Breaker:
    """One more failure. What was begun before it opened and fails only now does not keep it open for longer."""
    counted = msgspec.structs.replace(breaker, failures=breaker.failures + 1)
    if breaker.until is None and counted.failures < policy.failures:
        return counted
    if breaker.until is not None and not breaker.probing:
        return counted
    pause = min(policy.pause * (1 << min(breaker.opened, _DOUBLINGS)), policy.longest)
    return msgspec.structs.replace(counted, opened=breaker.opened + 1, until=now + pause, probing=False)


def given_up(breaker: Breaker) -> Breaker:
    """An attempt was cancelled before it came to an end: nothing is known, and the next may probe."""
    return msgspec.structs.replace(breaker, probing=False)
