"""Lock-out: how many wrong guesses may be tried, against one login and from one address.

A guess takes a place before it is checked and gives it back when it was right, so that guesses made at the same
moment count too. Places free themselves as they age: nobody has to unlock, and nobody waits longer than the window.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct


class Limit(Struct, frozen=True):
    """At most `guesses` in any stretch of `window`."""

    guesses: int
    window: timedelta


Policy = tuple[Limit, ...]

#: OWASP's advice is a small number in minutes; NIST SP 800-63B caps the long run at a hundred.
PER_LOGIN: Policy = (Limit(5, timedelta(minutes=15)), Limit(20, timedelta(days=1)))
#: An office shares one address, so it has room for everybody's bad morning.
PER_SOURCE: Policy = (Limit(20, timedelta(minutes=15)), Limit(100, timedelta(days=1)))


def locked_until(guesses: Sequence[datetime], policy: Policy, now: datetime) -> datetime | None:
    """When the next guess may be tried; `None` when it may be tried now."""
    times = sorted(guesses)
    waits = []
    for limit in policy:
        recent = [at for at in times if at > now - limit.window]
        if len(recent) >= limit.guesses:
            waits.append(recent[-limit.guesses] + limit.window)
    return max(waits, default=None)


def take(guesses: Sequence[datetime], policy: Policy, now: datetime) -> tuple[datetime, ...] | None:
    """The guesses with this one among them, without those too old to count; `None` when it may not be tried."""
    if locked_until(guesses, policy, now) is not None:
        return None
    longest = max(limit.window for limit in policy)
    return (*(at for at in guesses if at > now - longest), now)


def give_back(guesses: Sequence[datetime], taken_at: datetime) -> tuple[datetime, ...]:
    """The guesses without the one taken at that moment: it was right."""
    left = list(guesses)
    if taken_at in left:
        left.remove(taken_at)
    return tuple(left)


def login_subject(key: bytes, login: str) -> bytes:
    """What a login is counted under. It need not exist: guessing at one that does not costs the same."""
    return _subject(key, f"login/{login}")


def source_subject(key: bytes, address: str) -> bytes:
    """What an address is counted under; an IPv6 network of 64 bits is one, as one household has it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _subject(key, "source/unknown")
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return _subject(key, f"source/{ipaddress.ip_network((parsed, 64), strict=False)}")
    return _subject(key, f"source/{getattr(parsed, 'ipv4_mapped', None) or parsed}")


def _subject(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
