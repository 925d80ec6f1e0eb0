"""Who of the office is there at a moment, by the operator's own clock. Pure.

Hours are read off the wall clock of the operator's time zone. When daylight saving ends, the repeated hour belongs to
whoever has that hour on the rota, both times; when it begins, the hour that is left out is nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pickup_contracts.office import DAYS, Hours, OfficeContact

UNITED_KINGDOM = "Europe/London"


def within(hours: Sequence[Hours], at: datetime, zone: ZoneInfo) -> bool:
    """Whether `at` falls into any of `hours`; `at` has an offset."""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M}"
    today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
    return any(_covers(span, clock, today, yesterday) for span in hours)


def on_duty(
    contacts: Sequence[OfficeContact], role: str, by: str, *, at: datetime, zone: ZoneInfo, urgent: bool
) -> list[tuple[int, OfficeContact]]:
    """Those of a role who can be told by a channel at that moment, each with their place in the profile. When the rota
    has nobody, everybody of the role; quiet hours are kept unless it is urgent."""
    there = [(index, one) for index, one in enumerate(contacts) if one.role == role and one.address(by) is not None]
    serving = [(index, one) for index, one in there if not one.rota or within(one.rota, at, zone)]
    return [
        (index, one)
        for index, one in (serving or there)
        if urgent or not one.quiet_hours or not within(one.quiet_hours, at, zone)
    ]


def _covers(span: Hours, clock: str, today: str, yesterday: str) -> bool:
    if span.from_ < span.to:
        return _on(span, today) and span.from_ <= clock < span.to
    return (_on(span, today) and clock >= span.from_) or (_on(span, yesterday) and clock < span.to)


def _on(span: Hours, day: str) -> bool:
    return not span.days or day in span.days
