"""`/search`, page by page, and `/handover`: what a shift leaves to the next. One operator's own, always."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.exceptions import ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Redirect, Template

from notifier.alerts.alert import Alert
from notifier.audit.views import ViewLog
from notifier.console import words
from notifier.console.alert_lists import Place, StateFilter, Wanted
from notifier.console.auth import Doorkeeper, allowed
from notifier.console.desk import Desk, View, clock
from notifier.console.forms import plain
from notifier.console.timeline import lines
from pickup_contracts.assessment import Decision
from pickup_contracts.moments import can_be

_AT_ONCE = 50
#: What somebody decided, in the audit's own words.
_DECIDED = (
    "alert.acknowledged", "alert.reopened", "alert.hold_requested", "alert.release_requested", "alert.recall_requested",
    "alert.hold_refused", "alert.release_refused", "alert.recall_refused", "command.unanswered", "outcome.reported",
)  # fmt: skip


def routes(doorkeeper: Doorkeeper, desk: Desk, views: ViewLog) -> list[HTTPRouteHandler]:
    """The routes."""

    @get("/search", include_in_schema=False)
    async def search(
        request: Request[Any, Any, Any],
        booking: Annotated[str, Parameter(query="booking", max_length=128)] = "",
        standing: Annotated[StateFilter | Literal[""], Parameter(query="state")] = "",
        decision: Annotated[Decision | Literal[""], Parameter(query="decision")] = "",
        driver: Annotated[str, Parameter(query="driver", max_length=128)] = "",
        since: Annotated[str, Parameter(query="since", max_length=10)] = "",
        below: Annotated[str, Parameter(query="below", max_length=80)] = "",
    ) -> Template | Redirect:
        if await doorkeeper.by_session(request) is None:
            return Redirect("/login")
        who = await doorkeeper.require(request, "view")
        zone = desk.zone(who.operator_id)
        asked = {
            "booking": plain(booking),
            "state": standing,
            "decision": decision,
            "driver": plain(driver),
            "since": since,
        }
        wanted = Wanted(
            booking=asked["booking"] or None,
            state=standing or None,
            decision=decision or None,
            driver=asked["driver"] or None,
            since=_day(since, zone),
        )
        found = await desk.lists.search(
            who.operator_id, wanted, now=desk.clock.now(), below=_place(below), limit=_AT_ONCE + 1
        )
        views.looked(who, "search")
        rows = await desk.show(who.operator_id, found[:_AT_ONCE], deliveries=False)
        context = {
            "who": who,
            "rows": rows,
            "asked": asked,
            "filters": {name: value for name, value in asked.items() if value},
            "below": _mark(found[_AT_ONCE - 1]) if len(found) > _AT_ONCE else "",
            "further": bool(below),
            "words": words,
        }
        return Template("search.html", context=context)

    @get("/handover", include_in_schema=False)
    async def handover(
        request: Request[Any, Any, Any],
        hours: Annotated[int, Parameter(query="hours", ge=1, le=72)] = 12,
    ) -> Template | Redirect:
        if await doorkeeper.by_session(request) is None:
            return Redirect("/login")
        who = allowed(await doorkeeper.by_session(request), "view")
        now, zone = desk.clock.now(), desk.zone(who.operator_id)
        view = await desk.view(who.operator_id)
        decided = await desk.lists.decided(who.operator_id, now - timedelta(hours=hours), _DECIDED)
        views.looked(who, "handover")
        context = {
            "who": who,
            "view": view,
            "waits": _waits(view),
            "hours": hours,
            "made": f"{now.astimezone(zone):%A %d %B, %H:%M}",
            "decided": lines(decided, zone),
            "places": {shown.alert.booking_id: shown.alert.alert_id for shown in (*view.urgent, *view.quiet)},
            "words": words,
            "clock": lambda at: clock(at, zone),
        }
        return Template("handover.html", context=context)

    return [search, handover]


def _waits(view: View) -> list[tuple[Alert, str]]:
    """What still waits for an answer, and whose."""
    found = []
    for shown in (*view.urgent, *view.quiet):
        alert = shown.alert
        if alert.waiting and alert.alerting:
            found.append((alert, "somebody to take it on"))
        if alert.command_state in ("requested", "unanswered"):
            who = (
                "your system to confirm" if view.connected else "a call to the driver, and somebody to say how it went:"
            )
            found.append((alert, f"{who} the {alert.command}"))
        if alert.command_state == "refused":
            refused = "your system refused" if view.connected else "nobody could do"
            found.append((alert, f"a call to the driver: {refused} the {alert.command}"))
        if alert.call_wanted_at is not None:
            found.append((alert, f"a call to the driver, who asked for it at {shown.call_local}"))
        if alert.state == "acknowledged" and alert.alerting and alert.finding is None:
            found.append((alert, f"{alert.acknowledged_by} to find out what it is"))
        if alert.finding == "confirmed_scam" and not alert.police_reference:
            found.append((alert, "a reference of the police"))
    return found


def _mark(alert: Alert) -> str:
    return f"{alert.raised_at.astimezone(UTC).isoformat()}~{alert.alert_id}"


def _place(text: str) -> Place | None:
    if not text:
        return None
    at, _, identity = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not can_be(moment):
            raise ValueError("no offset, or no time that can be")
        return Place(moment, UUID(identity))
    except ValueError:
        raise ValidationException("below: is not a place in the list") from None


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day on the office's clock."""
    if not text:
        return None
    try:
        day = datetime.combine(datetime.fromisoformat(text).date(), time(), zone)
        if not can_be(day):
            raise ValueError("no day that can be")
        return day
    except ValueError:
        raise ValidationException("since: must be a day such as 2026-11-20") from None
