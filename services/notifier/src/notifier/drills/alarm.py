"""Telling duty managers that a drill was missed: warnings may not get through."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import msgspec

from notifier.audit.entries import note
from notifier.drills.drill import Drill, Leg
from notifier.rung_rows import Delivery
from notifier.store import Store
from pickup_contracts.drills import OPERATOR
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

_NAMESPACE = uuid.UUID("0e2b1f6c-7a0d-5a53-8f0e-3c1f7d9b5a11")
_PRESSED = timedelta(minutes=30)
_WHERE: dict[Leg | None, str] = {
    "accepted": "It was not accepted: booking-ingest or its key.",
    "raised": "It was accepted, but no alert came of it: risk-scorer, the broker, or the ruleset.",
    "attempted": "An alert was raised, but nobody was told: the notifier's deliveries.",
    "delivered": "It was sent, but did not arrive in time: the channel.",
}


class Alarm:
    """Tells every operator that can be told by webhook, as an urgent delivery to the duty manager, and the audit."""

    def __init__(self, store: Store, operators: OperatorDirectory, clock: Clock) -> None:
        self._store = store
        self._operators = operators
        self._clock = clock

    async def __call__(self, drill: Drill) -> None:
        now = self._clock.now()
        profiles = [one for one in self._operators.all() if one.webhook is not None and one.operator_id != OPERATOR]
        told = [missed(drill, one.operator_id, now) for one in profiles]
        async with self._store.batch() as batch:
            await batch.rungs.add(told)
            batch.notes += [
                note(
                    "drill.missed",
                    one.operator_id,
                    now,
                    note_id=one.delivery_id,
                    body={"drill": drill.drill_id, "leg": drill.broken_leg},
                )
                for one in told
            ]
            await batch.announce([one.operator_id for one in told])


def missed(drill: Drill, operator_id: str, now: datetime) -> Delivery:
    """What an operator's duty manager is told of a missed drill; the same drill always has the same id."""
    identity = uuid.uuid5(_NAMESPACE, f"{operator_id}/{drill.drill_id}")
    body = {
        "type": "pickup.drill.missed",
        "timestamp": now,
        "data": {
            "operator_id": operator_id,
            "audience": "duty_manager",
            "drill_id": drill.drill_id,
            "sent_at": drill.sent_at,
            "broken_leg": drill.broken_leg,
            "headline": "A drill was missed: warnings may not get through",
            "office_steps": [
                _WHERE[drill.broken_leg],
                "Until a drill passes, have dispatchers check parcels from homes by hand.",
                "Tell whoever runs Pickup Guard.",
            ],
        },
    }
    return Delivery(
        delivery_id=identity,
        alert_id=identity,
        operator_id=operator_id,
        booking_id=drill.drill_id,
        channel="webhook",
        body=msgspec.json.encode(body),
        deadline=now + _PRESSED,
        attempts=0,
        created_at=now,
        audience="duty_manager",
        urgent=True,
    )
