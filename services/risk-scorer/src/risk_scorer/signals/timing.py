"""When."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from risk_scorer.facts import Facts
from risk_scorer.known import known
from risk_scorer.signals.signal import Room

room = Room()

_LONDON = ZoneInfo("Europe/London")


@room.signal("tim1_asap", "pickup_at")
def asap(facts: Facts) -> bool:
    """No pickup time was agreed, or it is within the hour of the booking (TIM1)."""
    ahead = _ahead_s(facts)
    return ahead is None or ahead <= 3600


@room.signal("tim7_scheduled_ahead", "pickup_at")
def scheduled(facts: Facts) -> bool:
    """The pickup was agreed more than 24 hours ahead (TIM7)."""
    ahead = _ahead_s(facts)
    return ahead is not None and ahead > 86_400


@room.signal("tim2_office_hours", "requested_at")
def office_hours(facts: Facts) -> bool:
    """Booked on a weekday between 10:00 and 17:00 in the United Kingdom (TIM2)."""
    local = _taken(facts).astimezone(_LONDON)
    return local.weekday() < 5 and 10 <= local.hour < 17


@room.signal("tim5_evening_or_night", "requested_at")
def evening(facts: Facts) -> bool:
    """Booked after 19:00 or before 07:00 in the United Kingdom (TIM5)."""
    hour = _taken(facts).astimezone(_LONDON).hour
    return hour >= 19 or hour < 7


def _ahead_s(facts: Facts) -> float | None:
    agreed = known(facts.booking.pickup_at)
    if agreed is None:
        return None
    return (agreed - _taken(facts)).total_seconds()


def _taken(facts: Facts) -> datetime:
    """When the booking was taken. Not the moment of judging: a booking judged again in the evening is not an evening's
    booking."""
    return known(facts.booking.requested_at) or facts.lifecycle.first_at or facts.as_of
