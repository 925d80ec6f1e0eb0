"""What an alert becomes by itself: by assessments, by the booking's progress, time, and how messages fare. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from notifier.alerts.alert import AT_ONCE, ON_THE_ROAD, Alert, Change, Progress, Step, Telling, closed, opened, told
from pickup_contracts.alert import Audience, alert_id
from pickup_contracts.assessment import ALERTING, Assessment, rank

_REVIEW = rank("review")
Fared = Literal["attempted", "delivered"]


def on_assessment(
    alert: Alert | None, assessment: Assessment, progress: Progress, *, lead: timedelta, now: datetime
) -> Change | None:
    """What an assessment makes of an alert; `None` when nothing. An older one, or the same again, changes nothing."""
    if alert is None:
        return _raise(assessment, progress, lead, now) if rank(assessment.decision) >= _REVIEW else None
    if assessment.booking_version < alert.booking_version or assessment.assessment_id == alert.assessment_id:
        return None
    fresh = msgspec.structs.replace(
        _moved(alert, progress.act_before or assessment.act_before),
        decision=assessment.decision,
        score=assessment.score,
        pattern=assessment.pattern,
        reasons=assessment.reasons,
        booking_version=assessment.booking_version,
        assessment_id=assessment.assessment_id,
        updated_at=now,
    )
    before, after = rank(alert.decision), rank(assessment.decision)
    if alert.state == "closed":
        return _again(alert, fresh, progress, now)
    if after < before and alert.finding == "confirmed_scam":
        # A person has found out; a milder judgement of the booking does not undo that.
        return Change(_as_judged(fresh, alert))
    if after < _REVIEW and not alert.held:
        return closed(_as_judged(fresh, alert), "no_longer_matches", now=now)
    if after < _REVIEW:
        # Held by command: somebody has to release it, so it stays in sight.
        fresh = msgspec.structs.replace(_as_judged(fresh, alert), decision="review")
    if assessment.too_late and fresh.alerting and alert.kind == "warning":
        return _recall(fresh, now)
    if after > before:
        detail = Step("raised", f"from {alert.decision} to {assessment.decision}")
        if not fresh.alerting:
            return _quietly(opened(fresh), detail)
        return told(opened(fresh), fresh.kind, detail, now=now)
    if rank(fresh.decision) < before:
        detail = Step("raised", f"lowered from {alert.decision} to {assessment.decision}")
        if not alert.alerting or alert.rationed:
            return _quietly(fresh, detail)
        return told(fresh, "lowered", detail, now=now)
    return Change(fresh)


def on_progress(alert: Alert, progress: Progress, *, now: datetime) -> Change | None:
    """What the booking's own progress makes of its alert; `None` when nothing."""
    if alert.state == "closed":
        return None
    if progress.ended:
        return closed(alert, progress.status, now=now)
    driver = progress.driver if progress.driver is not None or progress.unassigned else alert.driver
    moved = _moved(alert, progress.act_before)
    if progress.collected and alert.alerting and alert.kind == "warning":
        return _recall(msgspec.structs.replace(moved, driver=driver, updated_at=now), now)
    if driver != alert.driver:
        moved = msgspec.structs.replace(moved, driver=driver, driver_acknowledged_at=None, updated_at=now)
        # That nobody has it is no news to the operator, who said so: what is on its way to whoever had it may go on.
        if driver is not None and alert.alerting and not alert.rationed:
            return told(moved, "driver", now=now)
    if moved == alert:
        return None
    return Change(msgspec.structs.replace(moved, updated_at=now))


def on_board(alert: Alert, *, now: datetime) -> Change | None:
    """What it makes of an alert that somebody says the goods are on board, before the operator's system does; `None`
    when nobody was alerted, or it is a recall already."""
    if alert.state == "closed" or not alert.alerting or alert.kind == "recall":
        return None
    return _recall(msgspec.structs.replace(alert, updated_at=now), now)


def expire(alert: Alert, *, now: datetime) -> Change | None:
    """What the deadline makes of an alert that nobody has taken on: the duty manager hears of it. `None` before the
    deadline, for a `review`, and for one that is acknowledged, closed or expired already."""
    if alert.state != "open" or not alert.alerting or alert.deadline > now:
        return None
    late = msgspec.structs.replace(alert, state="expired", expired_at=now, updated_at=now)
    if alert.rationed:
        # One alert too many was kept from people; that it was not answered is no news either.
        return _quietly(late, Step("expired", "kept on the page by the alert budget"))
    return told(
        msgspec.structs.replace(late, escalated_to="duty_manager"),
        "expired",
        Step("expired"),
        Step("escalated", "nobody took it on before the deadline", audience="duty_manager"),
        now=now,
    )


def on_message(alert: Alert, fared: Fared, audience: Audience, *, sent_at: datetime, now: datetime) -> Change | None:
    """What an attempt, or a receipt, makes of an alert; `None` when nothing. `sent_at` is when the message was made:
    one of before the alert was last told says nothing of how far that has got."""
    if alert.state == "closed" or alert.told_at is None or sent_at < alert.told_at:
        return None
    steps: tuple[Step, ...] = ()
    reach = "delivered" if "delivered" in (fared, alert.reach) else "attempted"
    escalated_to = alert.escalated_to
    if audience == "duty_manager" and escalated_to != "duty_manager":
        escalated_to = "duty_manager"
        steps = (Step("escalated", "the time is running out", audience="duty_manager"),)
    if (reach, escalated_to) == (alert.reach, alert.escalated_to):
        return None
    return Change(msgspec.structs.replace(alert, reach=reach, escalated_to=escalated_to, updated_at=now), steps)


def _raise(assessment: Assessment, progress: Progress, lead: timedelta, now: datetime) -> Change:
    act_before = progress.act_before or assessment.act_before
    recall = (assessment.too_late or progress.collected) and assessment.decision in ALERTING
    deadline = now + ON_THE_ROAD if recall else act_before or now + lead
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
        deadline=deadline if deadline > now else now + AT_ONCE,
        booking_version=assessment.booking_version,
        assessment_id=assessment.assessment_id,
        change=1,
        raised_at=now,
        updated_at=now,
        told_at=now,
        driver=progress.driver,
    )
    steps = [Step("raised", assessment.decision)]
    if progress.ended:
        # It came too late to matter to anybody; the record is kept.
        end = closed(alert, progress.status, now=now)
        return Change(end.alert, (*steps, *end.steps))
    if alert.kind == "recall":
        steps.append(Step("recalled"))
    telling: Telling | None = alert.kind if alert.alerting else None
    return Change(alert, tuple(steps), telling)


def _again(alert: Alert, fresh: Alert, progress: Progress, now: datetime) -> Change | None:
    """A closed alert comes back when it only looked harmless for a while, or when it is worse than what a person
    cleared. What ended with its booking stays closed."""
    worse = rank(fresh.decision) > rank(alert.decision)
    back = alert.close_reason == "no_longer_matches" or (alert.close_reason == "cleared" and worse)
    if not back or rank(fresh.decision) < _REVIEW or progress.ended:
        return None
    if fresh.finding == "cleared":
        fresh = msgspec.structs.replace(fresh, finding=None, found_at=None)
    # Whether people hear of it within the budget is asked anew.
    fresh = msgspec.structs.replace(fresh, rationed=False)
    return come_back(fresh, progress, Step("raised", f"again, {fresh.decision}"), now=now)


def come_back(alert: Alert, progress: Progress, step: Step, *, now: datetime) -> Change:
    """A closed alert that is wanted again, of its booking as that is now: who drives, when they arrive, what is on
    board. It is told anew, but for a `review` and what the alert budget keeps on the page."""
    moved = _moved(alert, progress.act_before)
    back = msgspec.structs.replace(
        opened(moved),
        clear_reason=None,
        driver=progress.driver,
        deadline=moved.deadline if moved.deadline > now else now + AT_ONCE,
        updated_at=now,
    )
    if not back.alerting or back.rationed:
        return _quietly(back, step)
    if progress.collected and back.kind == "warning":
        recall = _recall(back, now)
        return Change(recall.alert, (step, *recall.steps), "recall")
    return told(back, back.kind, step, now=now)


def _quietly(alert: Alert, step: Step) -> Change:
    """Something new of an alert that nobody is told of: it is on the page and in the feed."""
    return Change(msgspec.structs.replace(alert, change=alert.change + 1), (step,))


def _recall(alert: Alert, now: datetime) -> Change:
    """The pickup's deadline has passed with the collection: what counts now is the time on the road."""
    on_board = msgspec.structs.replace(alert, kind="recall", deadline=max(alert.deadline, now + ON_THE_ROAD))
    return told(opened(on_board), "recall", Step("recalled"), now=now)


def _moved(alert: Alert, act_before: datetime | None) -> Alert:
    """The alert with its deadline where the booking now puts it. A recall has no pickup to wait for."""
    if act_before is None or act_before == alert.act_before:
        return alert
    deadline = alert.deadline if alert.kind == "recall" else act_before
    return msgspec.structs.replace(alert, act_before=act_before, deadline=deadline)


def _as_judged(fresh: Alert, alert: Alert) -> Alert:
    """The record shows what was warned about, not what it looked like at last."""
    return msgspec.structs.replace(
        fresh, decision=alert.decision, score=alert.score, reasons=alert.reasons, pattern=alert.pattern
    )
