"""A booking as it goes: its events with the seconds between them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

Json = dict[str, Any]
#: The seconds from one status to the next, least and most.
_PACE = {
    "accepted": (20, 120),
    "driver_assigned": (20, 240),
    "arrived_at_pickup": (240, 900),
    "collected": (60, 420),
    "delivered": (420, 2400),
}


class Beat(Struct, frozen=True):
    """One event, `after` seconds from the start of the story. Times inside that start with `+` count likewise."""

    after: float
    event: Json


class Story(Struct, frozen=True):
    """One booking. `label` is `ordinary` or what it is meant to look like; `judge` marks scam-shaped ones."""

    operator_id: str
    booking_id: str
    label: str
    scam: bool
    beats: list[Beat]

    def events(self, start: datetime, *, pace: float = 1.0) -> list[tuple[datetime, Json]]:
        """The story's events at their moments from `start`, `pace` times as fast as life."""
        made: list[tuple[datetime, Json]] = []
        for number, beat in enumerate(self.beats, 1):
            at = start + timedelta(seconds=beat.after / pace)
            body = {
                "event_id": f"{self.booking_id}-{number}",
                "booking_id": self.booking_id,
                "revision": number,
                "occurred_at": at.isoformat(),
                **_placed(beat.event, start, pace),
            }
            made.append((at, body))
        return made


def ride(
    rng: random.Random,
    first: Json,
    *,
    cancel: Json | None = None,
    amend: Json | None = None,
    stop_at: str = "delivered",
) -> list[Beat]:
    """A booking's whole course from its first event. `cancel` ends it before collection; `amend` comes in between."""
    scheduled = isinstance(first.get("pickup_at"), str)
    lead = float(first["pickup_at"][1:]) if scheduled else 0.0
    after = 0.0
    beats = [Beat(0.0, {"status": "requested", **first, "requested_at": "+0"})]
    ends = rng.choice(("accepted", "driver_assigned", "driver_assigned", "arrived_at_pickup")) if cancel else None
    for status, (least, most) in _PACE.items():
        if status == "driver_assigned" and lead > 1800:
            after = max(after, lead - rng.uniform(900, 1500))
        after += rng.uniform(least, most)
        event: Json = {"status": status}
        if status == "driver_assigned":
            wait = rng.uniform(300, 1100)
            event["driver"] = {"id": str(rng.randrange(20, 320))}
            event["driver_eta"] = f"+{after + wait:.0f}"
        beats.append(Beat(after, event))
        if status == "accepted" and amend is not None:
            after += rng.uniform(20, 90)
            beats.append(Beat(after, amend))
        if status == ends and cancel is not None:
            after += rng.uniform(30, 300)
            beats.append(Beat(after, {"status": "cancelled", **cancel}))
            return beats
        if status == stop_at:
            break
    return beats


def _placed(node: Any, start: datetime, pace: float) -> Any:
    if isinstance(node, dict):
        return {name: _placed(value, start, pace) for name, value in node.items()}
    if isinstance(node, list):
        return [_placed(value, start, pace) for value in node]
    if isinstance(node, str) and node.startswith("+") and node[1:].replace(".", "", 1).isdigit() and len(node) < 9:
        return (start + timedelta(seconds=float(node[1:]) / pace)).isoformat()
    return node
