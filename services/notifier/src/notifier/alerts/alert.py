"""An alert and how it changes: one a booking, raised once, raised or lowered as more is known, closed once.

Pure: every function takes the alert as it is and gives what it becomes, and the steps to be told of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from pickup_contracts.alert import AlertEventType, alert_id
from pickup_contracts.assessment import ALERTING, Assessment, Decision, Pattern, Reason, rank

State = Literal["open", "acknowledged", "closed"]
Kind = Literal["warning", "recall"]

#: How long a recall is pressed when nobody knows when the drop-off will be reached.
ON_THE_ROAD = timedelta(minutes=15)
_REVIEW = rank("review")


class Alert(Struct, frozen=True, kw_only=True):
    """One booking's alert. `kind` is `recall` once the goods are on board. `act_before` is the last safe moment that
    is known, `deadline` that or the operator's default. `change` counts what people have to be told anew."""

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

    @property
    def alerting(self) -> bool:
        """Whether a person is told at once; a `review` waits in the page."""
        return self.decision in ALERTING


class Step(Struct, frozen=True):
    """Something that happened to an alert, for the operator's feed."""

    type: AlertEventType
    detail: str | None = None
    actor: str | None = None


class Change(Struct, frozen=True):
    """An alert after something happened. `tell` when a person has to hear of it now."""

    alert: Alert
    steps: tuple[Step, ...] = ()
    tell: bool = False


class Course(Struct, frozen=True):
    """How far the booking has got, as the notifier knows it."""

    status: str = "unknown"
    ended: bool = False
    collected: bool = False
    act_before: datetime | None = None


def on_assessment(
    alert: Alert | None, assessment: Assessment, course: Course, *, lead: timedelta, now: datetime
) -> Change | None:
    """What an assessment makes of an alert; `None` when nothing. An older one, or the same again, changes nothing."""
    if alert is None:
        return _raise(assessment, course, lead, now) if rank(assessment.decision) >= _REVIEW else None
    if assessment.booking_version < alert.booking_version or assessment.assessment_id == alert.assessment_id:
        return None
    act_before = course.act_before or assessment.act_before
    fresh = msgspec.structs.replace(
        alert,
        decision=assessment.decision,
        score=assessment.score,
        pattern=assessment.pattern,
        reasons=assessment.reasons,
        act_before=act_before,
        deadline=act_before or alert.deadline,
        booking_version=assessment.booking_version,
        assessment_id=assessment.assessment_id,
        updated_at=now,
    )
    if alert.state == "closed":
        # What ended with its booking stays closed; what only looked harmless for a while comes back.
        if alert.close_reason != "no_longer_matches" or rank(assessment.decision) < _REVIEW or course.ended:
            return None
        return _tell(_open(fresh), Step("raised", f"again, {assessment.decision}"))
    if rank(assessment.decision) < _REVIEW:
        kept = msgspec.structs.replace(fresh, decision=alert.decision, reasons=alert.reasons, pattern=alert.pattern)
        return _close(kept, "no_longer_matches", now)
    if assessment.too_late and fresh.alerting and alert.kind == "warning":
        return _recall(fresh, now)
    before, after = rank(alert.decision), rank(assessment.decision)
    if after > before:
        return _tell(_open(fresh), Step("raised", f"from {alert.decision} to {assessment.decision}"))
    if after < before:
        return _tell(fresh, Step("raised", f"lowered from {alert.decision} to {assessment.decision}"), was=alert)
    return Change(fresh)


def on_course(alert: Alert, course: Course, *, now: datetime) -> Change | None:
    """What the booking's own progress makes of its alert; `None` when nothing."""
    if alert.state == "closed":
        return None
    if course.ended:
        return _close(alert, course.status, now)
    if course.collected and alert.alerting and alert.kind == "warning":
        return _recall(msgspec.structs.replace(alert, updated_at=now), now)
    if course.act_before is not None and course.act_before != alert.act_before:
        moved = msgspec.structs.replace(alert, act_before=course.act_before, deadline=course.act_before, updated_at=now)
        return Change(moved)
    return None


def acknowledge(alert: Alert, by: str, *, now: datetime) -> Change | None:
    """Somebody has taken it on; `None` when it was acknowledged or closed already."""
    if alert.state != "open":
        return None
    taken = msgspec.structs.replace(
        alert, state="acknowledged", acknowledged_at=now, acknowledged_by=by, updated_at=now
    )
    return Change(taken, (Step("acknowledged", actor=by),))


def _raise(assessment: Assessment, course: Course, lead: timedelta, now: datetime) -> Change:
    act_before = course.act_before or assessment.act_before
    recall = (assessment.too_late or course.collected) and assessment.decision in ALERTING
    alert = Alert(
        alert_id=alert_id(assessment.operator_id, assessment.booking_id),
        operator_id=assessment.operator_id,
        booking_id=assessment.booking_id,
        state="open",
        kind="recall" if recall else "warning",
        decision=assessment.decision,
        score=assessment.score,
        pattern=assessment.pattern,
        reasons=assessment.reasons,
        act_before=act_before,
        deadline=now + ON_THE_ROAD if recall else act_before or now + lead,
        booking_version=assessment.booking_version,
        assessment_id=assessment.assessment_id,
        change=1,
        raised_at=now,
        updated_at=now,
    )
    steps = [Step("raised", assessment.decision)]
    if course.ended:
        # It came too late to matter to anybody; the record is kept.
        closed = _close(alert, course.status, now)
        return Change(closed.alert, (*steps, *closed.steps))
    if alert.kind == "recall":
        steps.append(Step("recalled"))
    return Change(alert, tuple(steps), tell=alert.alerting)


def _recall(alert: Alert, now: datetime) -> Change:
    """The pickup's deadline has passed with the collection: what counts now is the time on the road."""
    on_board = msgspec.structs.replace(alert, kind="recall", deadline=max(alert.deadline, now + ON_THE_ROAD))
    return _tell(_open(on_board), Step("recalled"))


def _open(alert: Alert) -> Alert:
    return msgspec.structs.replace(
        alert, state="open", acknowledged_at=None, acknowledged_by=None, closed_at=None, close_reason=None
    )


def _tell(alert: Alert, *steps: Step, was: Alert | None = None) -> Change:
    told = msgspec.structs.replace(alert, change=alert.change + 1)
    return Change(told, steps, tell=told.alerting or (was is not None and was.alerting))


def _close(alert: Alert, reason: str, now: datetime) -> Change:
    closed = msgspec.structs.replace(
        alert, state="closed", closed_at=now, close_reason=reason, updated_at=now, change=alert.change + 1
    )
    return Change(closed, (Step("closed", reason),), tell=alert.alerting)
