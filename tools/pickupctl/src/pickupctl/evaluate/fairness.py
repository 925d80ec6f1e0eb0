"""Whether some are alerted about more than others: rates by area, operator, channel and premises, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from pickupctl.intervals import Share, wilson

#: What bookings are grouped by here.
GROUPED_BY = ("area", "operator", "channel", "premises")
#: A group with fewer bookings is shown and never called different: its interval spans too much.
ENOUGH = 200
Note = Literal["more alerts", "fewer alerts", "more reviews", "fewer reviews"]


class GroupRates(Struct, frozen=True):
    """Of a group's bookings, how many reached `warn` or more, and how many `review` and no more. `notes` say where its
    interval and that of all other bookings don't touch."""

    label: str
    bookings: int
    alerts: int
    alert_rate: Share
    reviews: int
    review_rate: Share
    enough: bool
    notes: tuple[Note, ...]


def group_rates(table: Mapping[str, Counter[str]]) -> list[GroupRates]:
    """Rates of each group, in the table's order. A table holds, by label, `bookings` and counts by decision."""
    whole: Counter[str] = Counter()
    for row in table.values():
        whole.update(row)
    return [_rates(label, row, whole) for label, row in table.items()]


def _rates(label: str, row: Counter[str], whole: Counter[str]) -> GroupRates:
    bookings, others = row["bookings"], whole["bookings"] - row["bookings"]
    alerts, reviews = _alerts(row), row["review"]
    enough = bookings >= ENOUGH and others >= ENOUGH
    notes: list[Note] = []
    if enough:
        if (sign := _apart(wilson(alerts, bookings), wilson(_alerts(whole) - alerts, others))) != 0:
            notes.append("more alerts" if sign > 0 else "fewer alerts")
        if (sign := _apart(wilson(reviews, bookings), wilson(whole["review"] - reviews, others))) != 0:
            notes.append("more reviews" if sign > 0 else "fewer reviews")
    return GroupRates(
        label, bookings, alerts, wilson(alerts, bookings), reviews, wilson(reviews, bookings), enough, tuple(notes)
    )


def _alerts(row: Counter[str]) -> int:
    return row["warn"] + row["hold_recommended"]


def _apart(one: Share, other: Share) -> int:
    """1 when all of `one` lies above all of `other`, -1 below, 0 when they touch."""
    assert one.low is not None
    assert one.high is not None
    assert other.low is not None
    assert other.high is not None
    return 1 if one.low > other.high else -1 if one.high < other.low else 0
