"""Telling offices that a drill was missed: warnings may not get through."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import msgspec

from notifier import messages
from notifier.alerts.ladder import EXPIRED, people_of, plan
from notifier.alerts.wording import CHANNEL_CLASS, Worded
from notifier.audit.entries import note
from notifier.drills.drill import Drill, steps
from notifier.rung_rows import Delivery
from notifier.store import Store
from pickup_contracts.drills import OPERATOR
from pickup_contracts.office import Rung
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_NAMESPACE = uuid.UUID("0e2b1f6c-7a0d-5a53-8f0e-3c1f7d9b5a11")
_PRESSED = timedelta(minutes=30)
_HEADLINE = "A drill was missed: warnings may not get through"
_BY_WEBHOOK = Rung(who="duty_manager", by="webhook")


class Alarm:
    """Tells every operator whom it tells of an expired alert, urgently, and its system where it has a webhook. The
    audit has it also where nobody can be told, and the page shows it. `channels` are those of this deployment.

    What is `known`, because the drill before was missed too, is told to systems alone: nobody is rung every hour for
    one fault."""

    def __init__(self, store: Store, operators: OperatorDirectory, clock: Clock, channels: frozenset[str]) -> None:
        self._store = store
        self._operators = operators
        self._clock = clock
        self._channels = channels

    async def __call__(self, drill: Drill, *, known: bool) -> None:
        now = self._clock.now()
        firms = [one for one in self._operators.all() if one.operator_id != OPERATOR]
        told = {one.operator_id: missed(drill, one, self._channels, now, known=known) for one in firms}
        async with self._store.batch() as batch:
            await batch.rungs.add([one for several in told.values() for one in several])
            batch.notes += [
                note(
                    "drill.missed",
                    operator_id,
                    now,
                    note_id=_identity(drill, operator_id),
                    body={
                        "drill": drill.drill_id,
                        "leg": drill.broken_leg,
                        "told": [f"{one.recipient} by {one.channel}" for one in several],
                    },
                )
                for operator_id, several in told.items()
            ]
            await batch.announce(list(told))


def missed(
    drill: Drill, profile: OperatorProfile, channels: frozenset[str], now: datetime, *, known: bool
) -> list[Delivery]:
    """What an operator is told of a missed drill, by the contacts and rungs of its `expired` ladder; the same drill
    always has the same ids. Empty where nobody can be told."""
    people = people_of(profile, driver_to={}, channels=channels)
    rungs = (_BY_WEBHOOK,) if known else (_BY_WEBHOOK, *(tuple(profile.ladders.expired) or EXPIRED))
    identity, ends = _identity(drill, profile.operator_id), now + _PRESSED
    return [
        Delivery(
            delivery_id=identity
            if one.channel == "webhook"
            else uuid.uuid5(identity, f"{one.channel}/{one.audience}/{one.recipient}"),
            alert_id=identity,
            operator_id=profile.operator_id,
            booking_id=drill.drill_id,
            channel=one.channel,
            body=_to_system(drill, profile.operator_id, now)
            if one.channel == "webhook"
            else messages.to_person(_worded(drill, one.channel), one.to, one.channel, None),
            deadline=ends,
            attempts=0,
            created_at=now,
            rung=one.rung,
            telling="drill",
            audience=one.audience,
            recipient=one.recipient,
            due_at=one.due_at,
            give_up_at=one.give_up_at,
            opens=one.opens,
            closes=one.closes,
            urgent=True,
        )
        for one in plan(rungs, people, begins=now, deadline=ends, urgent=True)
    ]


def _identity(drill: Drill, operator_id: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{operator_id}/{drill.drill_id}")


def _to_system(drill: Drill, operator_id: str, now: datetime) -> bytes:
    body = {
        "type": "pickup.drill.missed",
        "timestamp": now,
        "data": {
            "operator_id": operator_id,
            "audience": "duty_manager",
            "drill_id": drill.drill_id,
            "sent_at": drill.sent_at,
            "broken_leg": drill.broken_leg,
            "headline": _HEADLINE,
            "office_steps": steps(drill),
        },
    }
    return msgspec.json.encode(body)


def _worded(drill: Drill, channel: str) -> Worded:
    """There is no alert to take on, so nothing is asked for."""
    how = CHANNEL_CLASS.get(channel, "short")
    if how == "long":
        listed = "\n".join(f"- {step}" for step in steps(drill))
        return Worded(f"{_HEADLINE}.\n\n{listed}", "en", _HEADLINE)
    said = f"{'Pickup Guard. ' if how == 'spoken' else ''}{_HEADLINE}. {' '.join(steps(drill))}"
    return Worded(said, "en", _HEADLINE, "There is nothing to press." if how == "spoken" else None)
