"""A fortnight of ordinary bookings, in order of time: how often would people be alerted for nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pickupctl.traffic.ordinary import ordinary
from pickupctl.traffic.story import Json
from pickupctl.traffic.world import World

#: A Friday; days of the week matter to some rules.
ENDS = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
#: How busy each hour of the day is.
_HOURS = (1, 1, 1, 1, 2, 4, 8, 14, 16, 14, 13, 13, 13, 12, 13, 15, 16, 16, 14, 12, 10, 8, 6, 3)


def fortnight(seed: int, bookings: int) -> Iterator[Json]:
    """BookingEvents of `bookings` bookings over fourteen days, by time."""
    begins = ENDS - timedelta(days=14)
    world = World(seed, begins, homes=max(400, bookings // 6), firms=max(60, bookings // 60))
    rng = world.random
    starts = sorted(
        begins
        + timedelta(
            days=rng.randrange(14), hours=rng.choices(range(24), weights=_HOURS)[0], seconds=rng.randrange(3600)
        )
        for _ in range(bookings)
    )
    events = []
    for number, start in enumerate(starts):
        story = ordinary(world, number)
        events += [(at, {"operator_id": story.operator_id, **event}) for at, event in story.events(start)]
    events.sort(key=lambda timed: timed[0])
    for _, event in events:
        yield event
