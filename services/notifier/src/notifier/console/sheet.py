"""One booking's page: what to do now, why, what is linked, what happened, who was told, what was found."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.accounts.principal import Principal
from notifier.accounts.roles import Permission
from notifier.alerts.alert import Alert, Command
from notifier.alerts.people import UNDO_WITHIN, goes_at
from notifier.audit.ledger import Ledger
from notifier.console.desk import Desk, Shown, clock
from notifier.console.linked import Link, links
from notifier.console.timeline import Line, lines
from notifier.delivery_records import DeliveryRecord
from notifier.store import Store
from notifier.watch import card
from pickup_contracts.outcome import Outcome

_LINKED_FOR = timedelta(days=7)
_LINKED = 20
_TIMELINE = 200


class Told(Struct, frozen=True):
    """One message, with the office's clock for when it was tried first, arrived, and had its receipt."""

    delivery: DeliveryRecord
    tried: str
    arrived: str
    receipt: str


class Asked(Struct, frozen=True):
    """One command, with the office's clock."""

    command: Command
    at: str
    confirm_by: str
    answered: str


class Said(Struct, frozen=True):
    """What somebody found, with the office's clock."""

    outcome: Outcome
    at: str


class Beside(Struct, frozen=True):
    """A linked booking: what it shares, its day and time, and where it went."""

    link: Link
    raised: str
    pickup: str
    dropoff: str


class Sheet(Struct, frozen=True):
    """The page. `can` are the actions that make sense now and that whoever looks may do. `connected` when the
    operator's system is told of commands: else people say what they have done themselves."""

    shown: Shown
    operator_name: str
    office_phone: str
    can: frozenset[str]
    connected: bool
    told: list[Told]
    asked: list[Asked]
    said: list[Said]
    beside: list[Beside]
    more_beside: int
    still_held: bool
    timeline: list[Line]
    undo_until: str
    record_goes: str


class Sheets:
    """Makes pages, for one operator at a time."""

    def __init__(self, store: Store, ledger: Ledger, desk: Desk) -> None:
        self._store = store
        self._lists = desk.lists
        self._ledger = ledger
        self._desk = desk

    async def sheet(self, who: Principal, alert: Alert) -> Sheet:
        """The page of one of the operator's alerts, for somebody."""
        now = self._desk.clock.now()
        zone = self._desk.zone(alert.operator_id)
        (shown,) = await self._desk.show(alert.operator_id, [alert], deliveries=True)
        watched = (await self._store.bookings.of([(alert.operator_id, alert.booking_id)])).get(
            (alert.operator_id, alert.booking_id)
        )
        over = alert.state == "closed" or watched is None or watched.over(now)
        entries = await self._ledger.newest(alert.operator_id, booking_id=alert.booking_id, limit=_TIMELINE)
        linked = links(watched, await self._lists.beside(alert, now - _LINKED_FOR)) if watched is not None else []
        name, phone = self._desk.office(alert.operator_id)
        connected = self._desk.actions.connected(alert.operator_id)
        return Sheet(
            shown=shown,
            operator_name=name,
            office_phone=phone,
            can=frozenset(one for one in possible(alert, now, connected=connected, over=over) if who.may(NEEDS[one])),
            connected=connected,
            told=[_told(one, zone) for one in shown.deliveries],
            asked=[_asked(one, zone) for one in await self._store.commands(alert.alert_id)],
            said=[
                Said(one, clock(one.at, zone))
                for one in await self._lists.outcomes(alert.operator_id, alert.booking_id)
            ],
            beside=[_beside(one, zone) for one in linked[:_LINKED]],
            more_beside=len(linked[_LINKED:]),
            still_held=watched is not None,
            timeline=lines(entries, zone),
            undo_until=clock(undo_until(alert, now), zone),
            record_goes=goes_at(alert, now).astimezone(zone).strftime("%-d %B %Y"),
        )


#: What each action asks of a role.
NEEDS: dict[str, Permission] = {
    "acknowledge": "acknowledge",
    "hold": "hold",
    "release": "release",
    "recall": "recall",
    "clear": "clear",
    "scam": "confirm",
    "refer": "report",
    "answer": "report",
    "undo": "acknowledge",
    "release_record": "release_record",
    "keep_record": "release_record",
}


def possible(alert: Alert, now: datetime, *, connected: bool, over: bool) -> list[str]:
    """The actions that would not be refused now. What no system was told of, a person can still say is done."""
    ended = alert.state == "closed"
    under_way = alert.command_state in ("requested", "confirmed")
    open_to = alert.command if not connected and alert.command_state in ("requested", "unanswered") else None
    found = {
        "acknowledge": alert.waiting,
        "hold": not ended
        and alert.kind == "warning"
        and (open_to == "hold" or not (alert.command == "hold" and under_way)),
        "recall": not ended
        and alert.kind == "recall"
        and (open_to == "recall" or not (alert.command == "recall" and under_way)),
        "release": open_to == "release" or (alert.command in ("hold", "recall") and alert.command_state != "refused"),
        "clear": not ended or alert.finding == "confirmed_scam",
        "scam": alert.finding != "confirmed_scam",
        "refer": True,
        "answer": True,
        "undo": undo_until(alert, now) is not None,
        "release_record": over and alert.finding == "confirmed_scam" and alert.record_released_at is None,
        "keep_record": alert.record_released_at is not None,
    }
    return [name for name, sensible in found.items() if sensible]


def undo_until(alert: Alert, now: datetime) -> datetime | None:
    """Until when the newest clearing, finding or acknowledgement can be taken back; `None` when it can't."""
    since: datetime | None
    if alert.finding == "confirmed_scam" and alert.found_at is not None and alert.found_at + UNDO_WITHIN >= now:
        since = alert.found_at
    elif alert.state == "closed":
        since = alert.closed_at if (alert.close_reason, alert.finding) == ("cleared", "cleared") else None
    else:
        since = alert.acknowledged_at if alert.state == "acknowledged" else None
    until = since + UNDO_WITHIN if since is not None else None
    return until if until is not None and until >= now else None


def _told(one: DeliveryRecord, zone: ZoneInfo) -> Told:
    return Told(one, clock(one.first_attempt_at, zone), clock(one.delivered_at, zone), clock(one.receipt_at, zone))


def _asked(one: Command, zone: ZoneInfo) -> Asked:
    return Asked(one, clock(one.requested_at, zone), clock(one.confirm_by, zone), clock(one.answered_at, zone))


def _beside(one: Link, zone: ZoneInfo) -> Beside:
    there = card(one.neighbour.watched)
    raised = one.neighbour.raised_at.astimezone(zone).strftime("%a %d %b, %H:%M")
    return Beside(one, raised, there.pickup, there.dropoff)
