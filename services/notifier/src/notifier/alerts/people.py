"""What people make of an alert: take it on, clear it, say what was found, take that back, let its record go. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from notifier.alerts.alert import Alert, Change, Progress, Refusal, Step, closed
from notifier.alerts.changes import come_back
from pickup_contracts.alert import Audience

#: For how long an acknowledgement, a clearing or a finding can be taken back.
UNDO_WITHIN = timedelta(minutes=10)
#: How long an alert is kept after its last change.
KEPT_FOR = timedelta(days=365)
#: The record of a scam that is let go when that is over already: so long it can still be kept after all.
RELEASED_KEPT_FOR = timedelta(days=1)
#: Within it, asking for a call again is the same request.
_SAME_CALL = timedelta(minutes=1)


def acknowledge(alert: Alert, by: str, *, now: datetime, role: Audience = "dispatcher") -> Change | None:
    """Somebody of the office has taken it on; `None` when that was done already, or it is closed.

    A driver's "understood" is kept and stops messages to the driver, and nothing else: the person whom an alert
    concerns can't silence it for the office.
    """
    if role == "driver":
        if alert.state == "closed" or alert.driver_acknowledged_at is not None:
            return None
        heard = msgspec.structs.replace(alert, driver_acknowledged_at=now, updated_at=now)
        return Change(heard, (Step("acknowledged", actor=by, audience="driver"),))
    if not alert.waiting:
        return None
    taken = msgspec.structs.replace(
        alert, state="acknowledged", acknowledged_at=now, acknowledged_by=by, updated_at=now
    )
    return Change(taken, (Step("acknowledged", actor=by, audience=role),))


def overtaken(alert: Alert, told_at: datetime) -> bool:
    """Whether a message of `told_at` is about less than the alert has become since: it was raised higher, or recalled.
    Nobody takes on, by a link or a key of before, what they have yet to hear."""
    return alert.state != "closed" and alert.told_at is not None and told_at < alert.told_at


def passed_on(alert: Alert, told_to: str | None) -> bool:
    """Whether the job is no longer with the driver (the operator's id) who was told: nobody speaks for whoever has it
    now. `None`, where nobody knows who was told, is never."""
    return told_to is not None and alert.driver != told_to


def ask_for_call(alert: Alert, by: str, *, now: datetime) -> Change | Refusal | None:
    """The driver asks the office to call; `None` for what was asked a moment ago. Messages to the driver go on: the
    office may not get through before the door is reached, and nobody knows whether what is on its way was heard."""
    if alert.state == "closed":
        return Refusal("closed")
    if alert.call_wanted_at is not None and alert.call_wanted_at + _SAME_CALL > now:
        return None
    wanted = msgspec.structs.replace(alert, call_wanted_at=now, updated_at=now)
    return Change(wanted, (Step("reported", "asks_for_call", actor=by, audience="driver"),))


def clear(alert: Alert, code: str, by: str, *, now: datetime) -> Change | Refusal:
    """A person has found out that it is harmless: `code` says what it was. It closes, and comes back only when the
    booking later looks worse than what was cleared. Of what is closed already, only one that was called a scam is."""
    found = msgspec.structs.replace(alert, finding="cleared", found_at=now, clear_reason=code)
    if alert.state != "closed":
        return closed(found, "cleared", now=now, actor=by)
    if alert.finding != "confirmed_scam":
        return Refusal("closed")
    harmless = msgspec.structs.replace(found, record_released_at=None, updated_at=now)
    return Change(harmless, (Step("reported", "cleared", actor=by),))


def confirm_scam(alert: Alert, by: str, *, progress: Progress | None, now: datetime) -> Change | Refusal:
    """A person has found out that it is one. It stays open until the booking ends, taken on by whoever said so. One
    that was closed while its booking goes on comes back, and everybody is told anew; of a booking that is over, or of
    which nothing is heard any more (`None`), it is kept for the record."""
    if alert.finding == "confirmed_scam":
        return Refusal("already")
    found = msgspec.structs.replace(alert, finding="confirmed_scam", found_at=now, updated_at=now)
    step = Step("reported", "confirmed_scam", actor=by)
    if alert.state != "closed":
        taken = acknowledge(found, by, now=now)
        return Change(taken.alert, (step, *taken.steps)) if taken is not None else Change(found, (step,))
    if progress is None or progress.ended:
        return Change(found, (step,))
    return come_back(msgspec.structs.replace(found, rationed=False), progress, step, now=now)


def refer(alert: Alert, reference: str, by: str, *, now: datetime) -> Change | Refusal:
    """Keep the police's reference; also on a closed alert. The feed says that there is one, not which."""
    if alert.police_reference == reference:
        return Refusal("already")
    kept = msgspec.structs.replace(alert, police_reference=reference, updated_at=now)
    return Change(kept, (Step("reported", "police_reference", actor=by),))


def undo(alert: Alert, by: str, *, progress: Progress | None, now: datetime) -> Change | Refusal:
    """Take back the newest of a clearing, a finding and an acknowledgement, within ten minutes. A hold is not undone
    but released. Without its acknowledgement an alert is pressed on: its ladder goes on (`rungs.revived`), and past its
    deadline it expires, also for a second time. What is over stays closed."""
    if alert.finding == "confirmed_scam" and alert.found_at is not None and alert.found_at + UNDO_WITHIN >= now:
        return _unfound(alert, by, now)
    if alert.state == "closed":
        return _uncleared(alert, by, progress, now)
    if alert.state != "acknowledged" or alert.acknowledged_at is None:
        return Refusal("nothing_to_undo")
    if alert.acknowledged_at + UNDO_WITHIN < now:
        return Refusal("too_late")
    waiting = msgspec.structs.replace(
        alert, state="open", acknowledged_at=None, acknowledged_by=None, expired_at=None, updated_at=now
    )
    return Change(waiting, (Step("reopened", "acknowledged", actor=by),))


def _unfound(alert: Alert, by: str, now: datetime) -> Change:
    """Nobody calls it a scam any more. What is closed and had been cleared is cleared again; what came back stays."""
    unfound = msgspec.structs.replace(alert, finding=None, found_at=None, record_released_at=None, updated_at=now)
    if alert.state != "closed":
        return Change(unfound, (Step("reopened", "confirmed_scam", actor=by),))
    if alert.clear_reason is not None:
        unfound = msgspec.structs.replace(unfound, finding="cleared", found_at=now)
    return Change(unfound, (Step("reported", "finding_taken_back", actor=by),))


def _uncleared(alert: Alert, by: str, progress: Progress | None, now: datetime) -> Change | Refusal:
    if alert.close_reason != "cleared" or alert.closed_at is None or alert.finding != "cleared":
        return Refusal("nothing_to_undo")
    if alert.closed_at + UNDO_WITHIN < now:
        return Refusal("too_late")
    unfound = msgspec.structs.replace(alert, finding=None, found_at=None, updated_at=now)
    if progress is not None and progress.ended:
        over = msgspec.structs.replace(unfound, clear_reason=None, close_reason=progress.status)
        return Change(over, (Step("reported", "clearing_taken_back", actor=by),))
    return come_back(unfound, progress or Progress(), Step("reopened", "cleared", actor=by), now=now)


def release_record(alert: Alert, by: str, *, progress: Progress | None, now: datetime) -> Change | Refusal:
    """Nobody needs the record of a confirmed scam any more: it goes when others do, twelve months after the alert's
    last change, which this is not. Until then it counts as the scam that it was."""
    if alert.finding != "confirmed_scam":
        return Refusal("not_a_scam")
    if alert.state != "closed" and progress is not None and not progress.ended:
        return Refusal("not_over")
    if alert.record_released_at is not None:
        return Refusal("already")
    released = msgspec.structs.replace(alert, record_released_at=now)
    return Change(released, (Step("reported", "record_released", actor=by),))


def goes_at(alert: Alert, now: datetime) -> datetime:
    """When the record of a scam goes that has been released, or is now."""
    return max(alert.updated_at + KEPT_FOR, (alert.record_released_at or now) + RELEASED_KEPT_FOR)


def keep_record(alert: Alert, by: str) -> Change | Refusal:
    """A record that was released is needed after all."""
    if alert.record_released_at is None:
        return Refusal("already")
    kept = msgspec.structs.replace(alert, record_released_at=None)
    return Change(kept, (Step("reported", "record_kept", actor=by),))
