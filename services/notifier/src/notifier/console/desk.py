"""What the page shows: alerts with their bookings and words, ready to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.actions import Actions
from notifier.alerts.alert import Alert
from notifier.alerts.wording import Wording, wording
from notifier.console.alert_lists import AlertLists
from notifier.delivery_records import DeliveryRecord, DeliveryRecords
from notifier.drills.drill import steps
from notifier.drills.store import DrillStore
from notifier.setting_aside import Aside, Work
from notifier.store import Store
from notifier.telling import Teller
from notifier.watch import Card, Watched, card
from pickup_contracts.alert import alert_id
from pickup_contracts.assessment import Reason
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_UNITED_KINGDOM = "Europe/London"
#: So many alerts stand on the page; more than that nobody reads, and the search has them.
_ON_THE_PAGE = 100
#: What ran out longer ago stands below what can still be stopped: else a shift's leftovers push that off the page.
_STALE_AFTER = timedelta(minutes=15)


class Shown(Struct, frozen=True):
    """One alert on the page. `deadline` is UTC; `deadline_local` is the office's clock, `14:05`."""

    alert: Alert
    words: Wording
    booking: Card
    raising: list[Reason]
    lowering: list[Reason]
    deliveries: list[DeliveryRecord]
    deadline: str
    deadline_local: str
    raised_local: str
    taken_local: str
    call_local: str = ""
    raised_day: str = ""


class View(Struct, frozen=True):
    """The whole page of one operator. `more` wait or are taken on and stand in the search only. `connected` when the
    operator's system is told of commands; `drill_missed` while the newest drill did not come through."""

    operator_id: str
    operator_name: str
    urgent: list[Shown]
    quiet: list[Shown]
    closed: list[Shown]
    rationed: int
    more: int = 0
    connected: bool = True
    drill_missed: Drilled | None = None
    aside: list[LeftUndone] = []


class Drilled(Struct, frozen=True):
    """A missed drill: when it was sent, by the office's clock, and what that means for the office."""

    at: str
    steps: tuple[str, ...]


class LeftUndone(Struct, frozen=True):
    """Something that could not be done by itself, for the page. `alert_id` is of the booking's alert, `None` when there
    is none."""

    alert_id: UUID | None
    booking_id: str
    work: Work
    reason: str
    since_local: str


class Desk:
    """Reads and acts for one operator at a time; another operator's alerts are not there."""

    def __init__(self, store: Store, operators: OperatorDirectory, clock: Clock, teller: Teller | None = None) -> None:
        self._store = store
        self._operators = operators
        self._told = DeliveryRecords(store.pool)
        self._aside = Aside(store.pool, clock)
        self._drills = DrillStore(store.pool)
        self.lists = AlertLists(store.pool)
        self.clock = clock
        self.actions = Actions(store, operators, teller or Teller(operators), clock)

    async def view(self, operator_id: str) -> View:
        """What waits, most urgent first, and what was closed last."""
        stale = self.clock.now() - _STALE_AFTER
        unclosed = await self._store.unclosed(operator_id, _ON_THE_PAGE, stale=stale)
        count = len(unclosed) if len(unclosed) < _ON_THE_PAGE else await self.lists.count_unclosed(operator_id)
        waiting = await self.show(operator_id, unclosed, deliveries=True)
        closed = await self.show(operator_id, await self._store.closed(operator_id, 20), deliveries=False)
        zone = self.zone(operator_id)
        missed = await self._drills.missed_last(self.clock.now())
        return View(
            operator_id,
            self.office(operator_id)[0],
            [shown for shown in waiting if shown.alert.alerting],
            [shown for shown in waiting if not shown.alert.alerting],
            closed,
            sum(shown.alert.rationed for shown in waiting),
            count - len(waiting),
            self.actions.connected(operator_id),
            Drilled(clock(missed.sent_at, zone), steps(missed)) if missed is not None else None,
            [
                LeftUndone(
                    alert_id(operator_id, one.booking_id) if one.alerted else None,
                    one.booking_id,
                    one.work,
                    one.reason,
                    clock(one.since, zone),
                )
                for one in await self._aside.of(operator_id)
            ],
        )

    async def show(self, operator_id: str, alerts: Sequence[Alert], *, deliveries: bool) -> list[Shown]:
        """Alerts of one operator, ready to be read, in the order given."""
        bookings = await self._store.bookings.of([(alert.operator_id, alert.booking_id) for alert in alerts])
        wanted = [alert.alert_id for alert in alerts if deliveries and alert.alerting]
        told = await self._told.of(wanted)
        zone = self.zone(operator_id)
        return [
            Shown(
                alert,
                wording(alert, collected=_collected(bookings.get((alert.operator_id, alert.booking_id)))),
                card(bookings.get((alert.operator_id, alert.booking_id))),
                [reason for reason in alert.reasons if reason.points >= 0],
                [reason for reason in alert.reasons if reason.points < 0],
                told.get(alert.alert_id, []),
                alert.deadline.isoformat().replace("+00:00", "Z"),
                clock(alert.deadline, zone),
                clock(alert.raised_at, zone),
                clock(alert.acknowledged_at or alert.closed_at, zone),
                clock(alert.call_wanted_at, zone),
                alert.raised_at.astimezone(zone).strftime("%a %d %b"),
            )
            for alert in alerts
        ]

    def office(self, operator_id: str) -> tuple[str, str]:
        """The firm's name and its office's phone, empty when it has given none."""
        profile = self._operators.get(operator_id)
        return (profile.name, profile.office_phone or "") if profile is not None else (operator_id, "")

    def zone(self, operator_id: str) -> ZoneInfo:
        """The office's time zone."""
        profile = self._operators.get(operator_id)
        return ZoneInfo((profile.time_zone if profile is not None else None) or _UNITED_KINGDOM)


def _collected(watched: Watched | None) -> bool:
    """Whether the driver has it on board now: what was delivered or returned was collected as well."""
    return watched is not None and watched.collected and not watched.ended


def clock(moment: datetime | None, zone: ZoneInfo) -> str:
    """The office's clock, `14:05`; empty for no time."""
    return moment.astimezone(zone).strftime("%H:%M") if moment is not None else ""
