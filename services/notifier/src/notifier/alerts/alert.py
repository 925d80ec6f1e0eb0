"""An alert and what becomes of it: one a booking, raised once, raised or lowered as more is known, closed once.

How it changes is in `changes` (what the booking, time and messages make of it), `people` (what people do with it) and
`holds` (commands to the operator's system). Each gives the alert as it becomes, and the steps to be told of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from pickup_contracts.alert import AlertEventType, Audience, CommandKind
from pickup_contracts.assessment import ALERTING, Decision, Pattern, Reason

#: `open`: nobody has taken it on. `expired`: nobody did before the deadline; the duty manager is told.
State = Literal["open", "acknowledged", "expired", "closed"]
Kind = Literal["warning", "recall"]
#: How far the news of an alert has got on any channel.
Reach = Literal["untold", "attempted", "delivered"]
CommandState = Literal["requested", "confirmed", "refused", "unanswered"]
Finding = Literal["confirmed_scam", "cleared"]
#: What people are told anew, each with its own ladder: `driver` when another driver has the job.
Telling = Literal["warning", "recall", "lowered", "closed", "expired", "unconfirmed", "driver"]
#: Why an action is refused.
Why = Literal[
    "no_such_alert",
    "closed",
    "not_held",
    "already",
    "nothing_to_undo",
    "too_late",
    "answered",
    "overtaken",
    "changed",
    "not_a_scam",
    "not_over",
]

#: Whose goods on board are somebody who rides.
RIDES: frozenset[Pattern] = frozenset({"victim_as_passenger", "courier_as_passenger"})
#: How long a recall is pressed when nobody knows when the drop-off will be reached.
ON_THE_ROAD = timedelta(minutes=15)
#: What is left to act when the last safe moment has passed before the alert was raised.
AT_ONCE = timedelta(minutes=1)


class Alert(Struct, frozen=True, kw_only=True):
    """One booking's alert. `kind` is `recall` once the goods are on board. `act_before` is the last safe moment that
    is known, `deadline` that or the operator's default. `change` counts what people have to be told anew, since
    `told_at`. `rationed` when the alert budget keeps it on the page. `driver` is the operator's id of who has the job.
    `command` is the newest one to the operator's system, with its state and by when it has to be confirmed.
    `call_wanted_at` is when the driver last asked to be called, `record_released_at` when somebody said that the record
    of a confirmed scam need not be kept longer than others."""

    alert_id: UUID
    operator_id: str
    booking_id: str
    state: State
    kind: Kind
    decision: Decision
    score: int
    pattern: Pattern
    reasons: list[Reason]
    act_before: datetime | None
    deadline: datetime
    booking_version: int
    assessment_id: UUID
    change: int
    raised_at: datetime
    updated_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    reach: Reach = "untold"
    told_at: datetime | None = None
    escalated_to: Audience | None = None
    expired_at: datetime | None = None
    rationed: bool = False
    driver: str | None = None
    driver_acknowledged_at: datetime | None = None
    command: CommandKind | None = None
    command_id: UUID | None = None
    command_state: CommandState | None = None
    commands: int = 0
    confirm_by: datetime | None = None
    finding: Finding | None = None
    found_at: datetime | None = None
    clear_reason: str | None = None
    police_reference: str | None = None
    call_wanted_at: datetime | None = None
    record_released_at: datetime | None = None

    @property
    def alerting(self) -> bool:
        """Whether a person is told at once; a `review` waits in the page."""
        return self.decision in ALERTING

    @property
    def ride(self) -> bool:
        """Whether it is about a passenger: who may be in the car and hear what the driver is told."""
        return self.pattern in RIDES

    @property
    def waiting(self) -> bool:
        """Whether somebody still has to take it on."""
        return self.state in ("open", "expired")

    @property
    def held(self) -> bool:
        """Whether the operator's system was told to hold, and has not refused."""
        return self.command == "hold" and self.command_state != "refused"

    @property
    def mark(self) -> str:
        """What somebody who decides has to have seen: another mark is another state of things."""
        return f"{self.change}.{self.commands}.{self.finding or ''}"

    @property
    def urgent(self) -> bool:
        """Whether it goes before others, past quiet hours and past the alert budget."""
        return self.kind == "recall" or self.decision == "hold_recommended"


class Step(Struct, frozen=True):
    """Something that happened to an alert, for the operator's feed. `correlation_id` is of a command."""

    type: AlertEventType
    detail: str | None = None
    actor: str | None = None
    audience: Audience | None = None
    command: CommandKind | None = None
    correlation_id: UUID | None = None
    confirm_by: datetime | None = None


class Command(Struct, frozen=True, kw_only=True):
    """What the operator's system is asked to do. It answers with `correlation_id` until `confirm_by`."""

    correlation_id: UUID
    alert_id: UUID
    operator_id: str
    booking_id: str
    command: CommandKind
    requested_by: str
    requested_at: datetime
    confirm_by: datetime
    state: CommandState = "requested"
    answered_at: datetime | None = None
    answered_by: str | None = None


class Change(Struct, frozen=True):
    """An alert after something happened. `telling` when people have to hear of it now, `command` when the operator's
    system does."""

    alert: Alert
    steps: tuple[Step, ...] = ()
    telling: Telling | None = None
    command: Command | None = None

    @property
    def tell(self) -> bool:
        return self.telling is not None


class Refusal(Struct, frozen=True):
    """An action that can't be done, and why."""

    reason: Why


class Progress(Struct, frozen=True):
    """How far the booking has got, as the notifier knows it. `driver` is the operator's id of the driver, or a word
    that stands for one without an id; `None` when nobody is known to be: `unassigned` when the operator
    has said so."""

    status: str = "unknown"
    ended: bool = False
    collected: bool = False
    act_before: datetime | None = None
    driver: str | None = None
    unassigned: bool = False


def told(alert: Alert, telling: Telling, *steps: Step, now: datetime) -> Change:
    """The alert with something new to be told. A warning or a recall starts anew: nobody has heard of it yet."""
    anew: dict[str, object] = {}
    if telling in ("warning", "recall"):
        anew = {"reach": "untold", "told_at": now, "escalated_to": None}
    changed = msgspec.structs.replace(alert, change=alert.change + 1, updated_at=now, **anew)
    return Change(changed, steps, telling)


def opened(alert: Alert) -> Alert:
    """The alert with nobody on it."""
    return msgspec.structs.replace(
        alert,
        state="open",
        acknowledged_at=None,
        acknowledged_by=None,
        driver_acknowledged_at=None,
        expired_at=None,
        closed_at=None,
        close_reason=None,
        record_released_at=None,
    )


def closed(alert: Alert, reason: str, *, now: datetime, actor: str | None = None) -> Change:
    """The alert's end. People hear of it when they could have heard of the alert."""
    ended = msgspec.structs.replace(
        alert, state="closed", closed_at=now, close_reason=reason, updated_at=now, change=alert.change + 1
    )
    heard = alert.alerting and not alert.rationed
    return Change(ended, (Step("closed", reason, actor=actor),), "closed" if heard else None)
