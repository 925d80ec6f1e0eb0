"""Whom an operator's ladder would reach, and when, if nobody took an alert on: for terminal and page. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.alerts.duty import UNITED_KINGDOM
from notifier.alerts.ladder import EXPIRED, LAST_WINDOW, RECALL, WARNING, People, Planned, people_of, plan
from pickup_contracts.office import STAFF_CHANNELS, Rung
from pickup_contracts.operator import OperatorProfile

#: Stands for the driver's phone, which is not shown.
_KNOWN = "known"
_EVERY_CHANNEL = STAFF_CHANNELS | {"webhook", "dispatch_note", "push", "page"}


class Line(Struct, frozen=True):
    """One message of the plan. Times are on the operator's clock. `opens` and `closes` are shares of the window;
    `expired` when it follows after nobody took the alert on."""

    at: datetime
    after_s: int
    who: str
    by: str
    until: datetime
    opens: float
    closes: float
    expired: bool = False


class Preview(Struct, frozen=True):
    """`own` when the ladder is the operator's, not the product's. `ends` is the deadline."""

    own: bool
    ends: datetime
    lines: tuple[Line, ...]


def preview(
    profile: OperatorProfile, *, begins: datetime, window: timedelta, driver_phone: bool, urgent: bool, recall: bool
) -> Preview:
    """The plan for an example window. Every channel counts as set up in the deployment; `begins` has an offset."""
    driver_to = dict.fromkeys(("sms", "voice"), _KNOWN) if driver_phone else {}
    people = people_of(profile, driver_to=driver_to, channels=frozenset(_EVERY_CHANNEL))
    own = profile.ladders.recall if recall else profile.ladders.warning
    rungs: tuple[Rung, ...] = tuple(own) or (RECALL if recall else WARNING)
    ends = begins + window
    last = tuple(profile.ladders.expired) or EXPIRED
    first = [_line(one, profile, begins, window) for one in _plan(rungs, people, begins, ends, urgent)]
    if any(rung.by == "page" for rung in rungs):
        local = begins.astimezone(people.zone)
        # It needs no message: the page shows an alert by itself.
        first.insert(0, Line(local, 0, "dispatcher", "page", ends.astimezone(people.zone), 0.0, 1.0))
    after = [
        _line(one, profile, begins, window, expired=True)
        for one in _plan(last, people, ends, ends + LAST_WINDOW, urgent=True)
    ]
    return Preview(bool(own), ends.astimezone(people.zone), (*first, *after))


def _plan(
    rungs: tuple[Rung, ...], people: People, begins: datetime, ends: datetime, urgent: bool
) -> tuple[Planned, ...]:
    return plan(rungs, people, begins=begins, deadline=ends, urgent=urgent)


def _line(
    one: Planned, profile: OperatorProfile, begins: datetime, window: timedelta, *, expired: bool = False
) -> Line:
    zone = ZoneInfo(profile.time_zone or UNITED_KINGDOM)
    after = one.due_at - begins
    return Line(
        one.due_at.astimezone(zone),
        round(after.total_seconds()),
        _name(one, profile),
        one.channel.replace("_", " "),
        one.give_up_at.astimezone(zone),
        after / window,
        one.closes,
        expired,
    )


def _name(one: Planned, profile: OperatorProfile) -> str:
    role, _, number = one.recipient.rpartition("-")
    if role and number.isdigit():
        return f"{role.replace('_', ' ')}: {profile.contacts[int(number) - 1].name}"
    return "your system" if one.recipient == "system" else one.recipient.replace("_", " ")
