"""What the page shows: alerts with their bookings and words, ready to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.actions import Actions, Actor
from notifier.alerts.alert import Alert, Refusal
from notifier.alerts.wording import Wording, wording
from notifier.store import DeliveryRecord, Store
from notifier.telling import Teller
from notifier.watch import Card, card
from pickup_contracts.assessment import Reason
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_UNITED_KINGDOM = "Europe/London"


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


class View(Struct, frozen=True):
    """The whole page of one operator."""

    operator_id: str
    operator_name: str
    urgent: list[Shown]
    quiet: list[Shown]
    closed: list[Shown]
    rationed: int


class Desk:
    """Reads and acts for one operator at a time; another operator's alerts are not there."""

    def __init__(self, store: Store, operators: OperatorDirectory, clock: Clock, teller: Teller | None = None) -> None:
        self._store = store
        self._operators = operators
        self._actions = Actions(store, operators, teller or Teller(operators), clock)

    async def view(self, operator_id: str) -> View:
        """Everything that waits, most urgent first, and what was closed last."""
        waiting = await self._show(operator_id, await self._store.unclosed(operator_id), deliveries=True)
        closed = await self._show(operator_id, await self._store.closed(operator_id, 20), deliveries=False)
        profile = self._operators.get(operator_id)
        return View(
            operator_id,
            profile.name if profile is not None else operator_id,
            [shown for shown in waiting if shown.alert.alerting],
            [shown for shown in waiting if not shown.alert.alerting],
            closed,
            sum(shown.alert.rationed for shown in waiting),
        )

    async def acknowledge(self, operator_id: str, alert_id: UUID, by: str) -> bool:
        """Take an alert on. `False` when this operator has no such alert; taking it twice is no error."""
        return not isinstance(await self._actions.acknowledge(operator_id, alert_id, Actor(by)), Refusal)

    async def _show(self, operator_id: str, alerts: Sequence[Alert], *, deliveries: bool) -> list[Shown]:
        bookings = await self._store.watched([(alert.operator_id, alert.booking_id) for alert in alerts])
        zone = self._zone(operator_id)
        return [
            Shown(
                alert,
                wording(alert),
                card(bookings.get((alert.operator_id, alert.booking_id))),
                [reason for reason in alert.reasons if reason.points >= 0],
                [reason for reason in alert.reasons if reason.points < 0],
                await self._store.deliveries(alert.alert_id) if deliveries and alert.alerting else [],
                alert.deadline.isoformat().replace("+00:00", "Z"),
                _clock(alert.deadline, zone),
                _clock(alert.raised_at, zone),
                _clock(alert.acknowledged_at or alert.closed_at, zone),
                _clock(alert.call_wanted_at, zone),
            )
            for alert in alerts
        ]

    def _zone(self, operator_id: str) -> ZoneInfo:
        profile = self._operators.get(operator_id)
        return ZoneInfo((profile.time_zone if profile is not None else None) or _UNITED_KINGDOM)


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%H:%M") if moment is not None else ""
