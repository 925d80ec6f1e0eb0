"""An operator's ladder for an example window, as a table that can be read from top to bottom."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.table import Table

from notifier.alerts.duty import UNITED_KINGDOM
from notifier.alerts.ladder import EXPIRED, LAST_WINDOW, RECALL, WARNING, Planned, people_of, plan
from pickup_contracts.office import STAFF_CHANNELS, Rung
from pickup_contracts.operator import OperatorProfile

#: Shown for a driver; the address itself is never.
_SOMEWHERE = "known"
_ALL = STAFF_CHANNELS | {"webhook", "dispatch_note", "push", "page"}
_WIDTH = 12


def moment(profile: OperatorProfile, at: datetime) -> datetime:
    """`at` with an offset; without one it is on the operator's clock."""
    return at if at.tzinfo is not None else at.replace(tzinfo=_zone(profile))


def table(
    profile: OperatorProfile,
    *,
    begins: datetime,
    window: timedelta,
    driver_phone: bool,
    urgent: bool,
    recall: bool,
) -> Table:
    """Whom an alert reaches, by which channel, from when until when; then what follows when nobody takes it on.

    Every channel counts as set up; what the deployment lacks is left out when it is really told."""
    driver_to = dict.fromkeys(("sms", "voice"), _SOMEWHERE) if driver_phone else {}
    people = people_of(profile, driver_to=driver_to, channels=frozenset(_ALL))
    own = profile.ladders.recall if recall else profile.ladders.warning
    rungs = tuple(own) or (RECALL if recall else WARNING)
    ends = begins + window
    made = Table("when", "after", "who", "by", "until", "window", title=_title(profile, own))
    if any(rung.by == "page" for rung in rungs):
        # It needs no message: the page shows an alert by itself.
        made.add_row(_clock(begins, profile), "at once", "dispatcher", "page", "", "█" * _WIDTH)
    for one in plan(rungs, people, begins=begins, deadline=ends, urgent=urgent):
        _row(made, one, profile, begins, window)
    made.add_section()
    made.add_row(_clock(ends, profile), _after(window), "nobody took it on", "", "", "expired", style="bold")
    last = tuple(profile.ladders.expired) or EXPIRED
    for one in plan(last, people, begins=ends, deadline=ends + LAST_WINDOW, urgent=True):
        _row(made, one, profile, begins, window, bar=False)
    return made


def _row(
    made: Table, one: Planned, profile: OperatorProfile, begins: datetime, window: timedelta, *, bar: bool = True
) -> None:
    made.add_row(
        _clock(one.due_at, profile),
        _after(one.due_at - begins),
        _name(one, profile),
        one.channel.replace("_", " "),
        _clock(one.give_up_at, profile),
        _bar((one.due_at - begins) / window, one.closes) if bar else "",
    )


def _title(profile: OperatorProfile, own: list[Rung]) -> str:
    whose = "its own ladder" if own else "the product’s ladder"
    return f"{profile.operator_id}, {profile.time_zone or UNITED_KINGDOM}: {whose}"


def _name(one: Planned, profile: OperatorProfile) -> str:
    role, _, number = one.recipient.rpartition("-")
    if role and number.isdigit():
        return f"{role.replace('_', ' ')}: {profile.contacts[int(number) - 1].name}"
    return "your system" if one.recipient == "system" else one.recipient.replace("_", " ")


def _bar(opens: float, closes: float) -> str:
    first = min(round(opens * _WIDTH), _WIDTH - 1)
    last = max(round(closes * _WIDTH), first + 1)
    return " " * first + "█" * (last - first)


def _after(gone: timedelta) -> str:
    seconds = round(gone.total_seconds())
    return "at once" if seconds == 0 else f"{seconds // 60}:{seconds % 60:02d}"


def _clock(at: datetime, profile: OperatorProfile) -> str:
    return f"{at.astimezone(_zone(profile)):%H:%M:%S}"


def _zone(profile: OperatorProfile) -> ZoneInfo:
    return ZoneInfo(profile.time_zone or UNITED_KINGDOM)
