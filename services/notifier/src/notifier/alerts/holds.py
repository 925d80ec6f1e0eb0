"""Hold, release, recall: commands to the operator's system, each to be confirmed within a set time. Pure.

A command says nothing of why. What a booker may be shown of it is `PUBLIC`, the same for every command and for an
ordinary delay, so that nothing they can see or poll tells a held booking from a late one.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from notifier.alerts import people
from notifier.alerts.alert import Alert, Change, Command, Refusal, Step, told
from pickup_contracts.alert import AlertEventType, CommandKind, PublicStatus
from pickup_contracts.office import HoldPolicy

_NAMESPACE = uuid.UUID("5b2b7d1e-43a5-5d7e-9a8c-0c9a7a2a5d11")
#: Who asks when the operator's profile says that nobody has to.
AUTOMATIC = "policy"
Answer = Literal["confirmed", "refused"]

_ASKED: dict[CommandKind, AlertEventType] = {
    "hold": "hold_requested",
    "release": "release_requested",
    "recall": "recall_requested",
}
_ANSWERED: dict[tuple[CommandKind, Answer], AlertEventType] = {
    ("hold", "confirmed"): "hold_confirmed",
    ("hold", "refused"): "hold_refused",
    ("release", "confirmed"): "released",
    ("release", "refused"): "release_refused",
    ("recall", "confirmed"): "recall_confirmed",
    ("recall", "refused"): "recall_refused",
}


class PublicView(Struct, frozen=True):
    """What a booker may see of a booking that does not go as planned. No time of its own: when it was held, or for
    how long, would tell one reason from another."""

    status: PublicStatus = "delayed"
    text: str = "Your booking is running late. Sorry for the wait."


PUBLIC = PublicView()


def hold(alert: Alert, by: str, *, within: timedelta, now: datetime) -> Change | Refusal:
    """Ask the operator's system to stop the job. Refused while one is under way or stands."""
    if alert.state == "closed":
        return Refusal("closed")
    if alert.command == "hold" and alert.command_state in ("requested", "confirmed"):
        return Refusal("already")
    return _ask(alert, "hold", by, within, now)


def release(alert: Alert, by: str, *, within: timedelta, now: datetime) -> Change | Refusal:
    """Ask it to let a held or recalled job go on; also after the alert was closed."""
    if alert.command not in ("hold", "recall") or alert.command_state == "refused":
        return Refusal("not_held")
    return _ask(alert, "release", by, within, now)


def recall(alert: Alert, by: str, *, within: timedelta, now: datetime) -> Change | Refusal:
    """Ask it to turn a job with the goods on board round."""
    if alert.state == "closed":
        return Refusal("closed")
    if alert.command == "recall" and alert.command_state in ("requested", "confirmed"):
        return Refusal("already")
    return _ask(alert, "recall", by, within, now)


def cleared(alert: Alert, code: str, by: str, *, within: timedelta, now: datetime) -> Change | Refusal:
    """A person says that it is harmless: it closes, and a job that was held is released."""
    harmless = people.clear(alert, code, by, now=now)
    if isinstance(harmless, Refusal) or not alert.held:
        return harmless
    released = release(harmless.alert, by, within=within, now=now)
    return harmless if isinstance(released, Refusal) else merged(harmless, released)


def automatic(change: Change, policy: HoldPolicy, *, now: datetime) -> Change:
    """The change with the command that the operator's profile gives by itself, if it does."""
    alert = change.alert
    within = timedelta(seconds=policy.confirm_within_s)
    if change.telling == "recall":
        asked = recall(alert, AUTOMATIC, within=within, now=now) if policy.recall == "automatic" else None
    elif change.telling == "warning":
        wanted = policy.hold_recommended if alert.decision == "hold_recommended" else policy.warn
        asked = hold(alert, AUTOMATIC, within=within, now=now) if wanted == "automatic" else None
    else:
        asked = None
    return merged(change, asked) if isinstance(asked, Change) else change


def answer(alert: Alert, command: Command, said: Answer, by: str, *, now: datetime) -> tuple[Command, Change] | Refusal:
    """What the operator's system answers. The first answer stands; one that comes after its time still counts.
    A refusal goes to the duty manager: what was asked for has not happened."""
    if command.state in ("confirmed", "refused"):
        return Refusal("answered")
    answered = msgspec.structs.replace(command, state=said, answered_at=now, answered_by=by)
    step = _step(_ANSWERED[command.command, said], command, actor=by)
    if alert.command_id != command.correlation_id:
        return answered, Change(alert, (step,))
    known = msgspec.structs.replace(alert, command_state=said, updated_at=now)
    if said == "refused" and alert.state != "closed":
        return answered, _escalate(known, f"{command.command} refused", now, step)
    return answered, Change(known, (step,))


def by_hand(
    alert: Alert, newest: Command | None, kind: CommandKind, said: Answer, by: str, *, within: timedelta, now: datetime
) -> tuple[Command, Change] | Refusal:
    """What a person has done, or could not do, where no system is there to be asked: the `newest` command of the alert
    answered by them, or one of this kind asked and answered at once. A refusal goes to the duty manager."""
    if newest is not None and newest.command == kind and newest.state in ("requested", "unanswered"):
        return answer(alert, newest, said, by, now=now)
    ask = {"hold": hold, "release": release, "recall": recall}[kind]
    asked = ask(alert, by, within=within, now=now)
    if isinstance(asked, Refusal):
        return asked
    assert asked.command is not None
    done = answer(asked.alert, asked.command, said, by, now=now)
    assert not isinstance(done, Refusal)
    return done[0], Change(done[1].alert, (*asked.steps, *done[1].steps), done[1].telling)


def unanswered(alert: Alert, *, now: datetime) -> Change | None:
    """What silence makes of a command: it goes to the duty manager. `None` before its time, or once it is answered."""
    if alert.command_state != "requested" or alert.confirm_by is None or alert.confirm_by > now:
        return None
    silent = msgspec.structs.replace(alert, command_state="unanswered", updated_at=now)
    if alert.state == "closed" and alert.command != "release":
        return Change(silent)
    return _escalate(silent, f"{alert.command} not confirmed", now)


def merged(first: Change, second: Change) -> Change:
    """Two changes as one, in order; `second` was made of `first`'s alert."""
    return Change(
        second.alert, (*first.steps, *second.steps), second.telling or first.telling, second.command or first.command
    )


def _ask(alert: Alert, kind: CommandKind, by: str, within: timedelta, now: datetime) -> Change:
    number = alert.commands + 1
    command = Command(
        correlation_id=correlation_id(alert.alert_id, number, kind),
        alert_id=alert.alert_id,
        operator_id=alert.operator_id,
        booking_id=alert.booking_id,
        command=kind,
        requested_by=by,
        requested_at=now,
        confirm_by=now + within,
    )
    asked = msgspec.structs.replace(
        alert,
        command=kind,
        command_id=command.correlation_id,
        command_state="requested",
        commands=number,
        confirm_by=command.confirm_by,
        updated_at=now,
    )
    return Change(asked, (_step(_ASKED[kind], command, actor=by),), command=command)


def correlation_id(alert_id: UUID, number: int, kind: CommandKind) -> UUID:
    """Name-based (UUIDv5): the same command of the same alert always has the same id."""
    return uuid.uuid5(_NAMESPACE, f"{alert_id}/{number}/{kind}")


def _escalate(alert: Alert, detail: str, now: datetime, *steps: Step) -> Change:
    up = Step("escalated", detail, audience="duty_manager")
    return told(msgspec.structs.replace(alert, escalated_to="duty_manager"), "unconfirmed", *steps, up, now=now)


def _step(type_: AlertEventType, command: Command, actor: str) -> Step:
    return Step(
        type_,
        actor=actor,
        command=command.command,
        correlation_id=command.correlation_id,
        confirm_by=command.confirm_by,
    )
