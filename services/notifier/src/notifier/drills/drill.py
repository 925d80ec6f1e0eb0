"""One drill: its booking, its legs, and whether it was missed. Pure.

Drills belong to an operator of their own. So their bookings share no history, no statistics and no page with
anybody's, and they are told to whom that operator's profile names: a test recipient, or real people in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

Leg = Literal["accepted", "raised", "attempted", "delivered"]
LEGS: tuple[Leg, ...] = ("accepted", "raised", "attempted", "delivered")


_WHERE: dict[Leg | None, str] = {
    "accepted": "It was not accepted: booking-ingest or its key.",
    "raised": "It was accepted, but no alert came of it: risk-scorer, the broker, or the ruleset.",
    "attempted": "An alert was raised, but nobody was told: the notifier's deliveries.",
    "delivered": "It was sent, but did not arrive in time: the channel.",
}


class Drill(Struct, frozen=True, kw_only=True):
    """One drill. A leg that was not reached (yet) is `None`; `ended_at` is set once it is over, well or not."""

    drill_id: str
    sent_at: datetime
    deadline: datetime
    accepted: datetime | None = None
    raised: datetime | None = None
    attempted: datetime | None = None
    delivered: datetime | None = None
    ended_at: datetime | None = None

    @property
    def passed(self) -> bool:
        """Whether it came all the way in the time allowed."""
        return self.delivered is not None and self.delivered <= self.deadline

    def over(self, now: datetime) -> bool:
        """Whether there is nothing left to wait for."""
        return self.delivered is not None or now > self.deadline

    @property
    def broken_leg(self) -> Leg | None:
        """The first leg that was not reached in time; `None` when all were."""
        for leg in LEGS:
            at: datetime | None = getattr(self, leg)
            if at is None or at > self.deadline:
                return leg
        return None


def steps(drill: Drill) -> tuple[str, ...]:
    """What a missed drill means for an office: what is broken, and what to do until it is mended."""
    return (
        _WHERE.get(drill.broken_leg, ""),
        "Until a drill passes, have dispatchers check parcels from homes by hand.",
        "Tell whoever runs Pickup Guard.",
    )


def seconds(drill: Drill) -> dict[Leg, float]:
    """How long each leg took, from the one before it; those that were reached."""
    taken: dict[Leg, float] = {}
    before = drill.sent_at
    for leg in LEGS:
        at: datetime | None = getattr(drill, leg)
        if at is None:
            break
        taken[leg] = max((at - before).total_seconds(), 0.0)
        before = at
    return taken


def slot(now: datetime) -> datetime:
    """The hour that a scheduled drill stands for: every worker names the same one."""
    return now.replace(minute=0, second=0, microsecond=0)


def booking(drill_id: str, at: datetime) -> Mapping[str, Any]:
    """The booking that is sent: it must be warned about under any sensible ruleset. Nobody in it exists: the phone is
    one of Ofcom's numbers for drama, the street is in no gazetteer."""
    return {
        "event_id": f"{drill_id}-sent",
        "booking_id": drill_id,
        "occurred_at": at.isoformat(),
        "status": "requested",
        "service": "courier",
        "carries": "parcel",
        "channel": "api",
        "pickup": {
            "address": {"line1": "1 Drill Close", "town": "Drillham", "postcode": "ZZ99 9ZZ", "country": "GB"},
            "premises": "residential",
        },
        "dropoff": {"address": {"line1": "Car park, Station Approach", "town": "Drillham", "country": "GB"}},
        "booker": {"phone": "+447700900999", "account": {"type": "guest"}},
        "items": [{"description": "drill: envelope with a bank card"}],
    }


def end_of(drill_id: str, at: datetime) -> Mapping[str, Any]:
    """What ends the booking, so that its alert is closed."""
    return {
        "event_id": f"{drill_id}-over",
        "booking_id": drill_id,
        "occurred_at": at.isoformat(),
        "status": "cancelled",
    }
