"""The alert budget: how many alerts people are told of when a bad rule or an attack floods. Pure.

A bucket an operator and one a driver. The emptier it is, the higher an alert has to score to be told. What is over
budget stays on the page and is said there; `hold_recommended` and recalls are told whatever the bucket holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert, Change, Step

_HOUR_S = 3600.0
#: The part of an hour's budget that may be used at once.
_BURST = 4
#: Below this part of a full bucket, only scores that are higher than the part that is missing are told.
_TIGHT = 0.5


class Bucket(Struct, frozen=True):
    """What is left of a budget. `tokens` are alerts; `at` is when that was so."""

    tokens: float
    at: datetime


def full(per_hour: int, now: datetime) -> Bucket:
    """A bucket that nothing was taken from."""
    return Bucket(_size(per_hour), now)


def refilled(bucket: Bucket, per_hour: int, now: datetime) -> Bucket:
    """The bucket now: filled since, never above its size, also after the operator made it smaller."""
    gone_s = max((now - bucket.at) / timedelta(seconds=1), 0.0)
    return Bucket(min(bucket.tokens + gone_s * per_hour / _HOUR_S, _size(per_hour)), max(now, bucket.at))


def has_room(bucket: Bucket, per_hour: int, score: int) -> bool:
    """Whether an alert of this score (0 to 100) may still be told. A full half is open to all; of the rest, an alert
    needs as much left as its score falls short."""
    if bucket.tokens < 1.0:
        return False
    part = bucket.tokens / _size(per_hour)
    return part >= _TIGHT or part / _TIGHT >= 1.0 - score / 100.0


def spend(bucket: Bucket) -> Bucket:
    """The bucket after one alert."""
    return Bucket(bucket.tokens - 1.0, bucket.at)


def ration(
    change: Change, buckets: Sequence[tuple[Bucket, int]], *, now: datetime
) -> tuple[Change, tuple[Bucket, ...]]:
    """The change as people hear of it within the budget, and the buckets after it. `buckets` are the operator's and
    the driver's, each with its alerts an hour. Only what is news to people is counted."""
    if not counts(change):
        return change, tuple(bucket for bucket, _ in buckets)
    current = [refilled(bucket, per_hour, now) for bucket, per_hour in buckets]
    alert = change.alert
    room = all(has_room(one, per_hour, alert.score) for one, (_, per_hour) in zip(current, buckets, strict=True))
    if alert.urgent:
        # Free: a flood of the strongest ones must not mute what comes after it.
        return _with(change, msgspec.structs.replace(alert, rationed=False)), tuple(current)
    if room:
        return _with(change, msgspec.structs.replace(alert, rationed=False)), tuple(map(spend, current))
    kept = msgspec.structs.replace(alert, rationed=True)
    quiet = Change(kept, (*change.steps, Step("rationed", "over the alert budget: on the page only")))
    return quiet, tuple(current)


def counts(change: Change) -> bool:
    """Whether a change is an alert more for people: one that is raised, or a `review` that comes onto the page."""
    raised = any(step.type == "raised" for step in change.steps)
    if change.alert.state == "closed" or change.telling == "lowered":
        return False
    return change.telling in ("warning", "recall") or (raised and not change.alert.alerting)


def _size(per_hour: int) -> float:
    return max(per_hour / _BURST, 3.0)


def _with(change: Change, alert: Alert) -> Change:
    return Change(alert, change.steps, change.telling, change.command)
