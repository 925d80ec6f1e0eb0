"""An operator's ladder for an example window, as a table that can be read from top to bottom."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.table import Table

from notifier.alerts.duty import UNITED_KINGDOM
from notifier.alerts.preview import Line, Preview
from pickup_contracts.operator import OperatorProfile

_WIDTH = 12


def moment(profile: OperatorProfile, at: datetime) -> datetime:
    """`at` with an offset; without one it is on the operator's clock."""
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(profile.time_zone or UNITED_KINGDOM))


def table(profile: OperatorProfile, shown: Preview) -> Table:
    """Whom an alert reaches, by which channel, from when until when; then what follows when nobody takes it on."""
    whose = "its own ladder" if shown.own else "the product’s ladder"
    title = f"{profile.operator_id}, {profile.time_zone or UNITED_KINGDOM}: {whose}"
    made = Table("when", "after", "who", "by", "until", "window", title=title)
    begun = False
    for line in shown.lines:
        if line.expired and not begun:
            begun = True
            made.add_section()
            made.add_row(_clock(shown.ends), _after(line.after_s), "nobody took it on", "", "", "expired", style="bold")
        until = "" if line.by == "page" else _clock(line.until)
        made.add_row(_clock(line.at), _after(line.after_s), line.who, line.by, until, _bar(line))
    return made


def _bar(line: Line) -> str:
    if line.expired:
        return ""
    first = min(round(line.opens * _WIDTH), _WIDTH - 1)
    last = max(round(line.closes * _WIDTH), first + 1)
    return " " * first + "█" * (last - first)


def _after(seconds: int) -> str:
    return "at once" if seconds == 0 else f"{seconds // 60}:{seconds % 60:02d}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
