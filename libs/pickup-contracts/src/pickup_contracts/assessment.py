"""Assessment: the scorer's answer for one state of one booking."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from msgspec import Struct

Decision = Literal["allow", "review", "warn", "hold_recommended"]
Pattern = Literal["parcel_from_home", "victim_as_passenger", "courier_as_passenger", "none"]
Cause = Literal["booking_changed", "linked_booking", "policy_changed", "outcome_reported"]
Residential = Literal["yes", "no", "unknown"]

#: Decisions in rising order.
DECISIONS: tuple[Decision, ...] = ("allow", "review", "warn", "hold_recommended")
#: From here on a person is told at once.
ALERTING: frozenset[str] = frozenset({"warn", "hold_recommended"})

_NAMESPACE = uuid.UUID("6f0d5ee8-6b3c-5c29-9a2b-1d5d0f0f5c55")


def rank(decision: Decision) -> int:
    """Where a decision stands: 0 for `allow` to 3 for `hold_recommended`."""
    return DECISIONS.index(decision)


class Reason(Struct, frozen=True):
    """Why: a rule that fired. `points` is negative where it lowered. `evidence` names fields and links only."""

    rule_id: str
    title: str
    points: int
    evidence: list[str] = []


class StopPremises(Struct, frozen=True):
    """What kind of place a stop is, who said so, and how sure that is (0 to 1)."""

    kind: str = "unknown"
    residential: Residential = "unknown"
    source: str = "none"
    confidence: float = 0.0


class Premises(Struct, frozen=True):
    pickup: StopPremises = StopPremises()
    dropoff: StopPremises = StopPremises()


class RulesetRef(Struct, frozen=True):
    name: str
    version: str


class Assessment(Struct, frozen=True, kw_only=True):
    """The scorer's answer. `act_before` is the last safe moment known now, `None` when neither the driver's ETA
    nor a pickup time is known. `degraded` names inputs that could not be had. `score` runs from 0 to 100."""

    assessment_id: uuid.UUID
    operator_id: str
    booking_id: str
    booking_version: int
    cause: Cause
    decision: Decision
    score: int
    pattern: Pattern
    reasons: list[Reason]
    premises: Premises
    act_before: datetime | None
    too_late: bool
    ruleset: RulesetRef
    degraded: list[str] = []
    assessed_at: datetime


def assessment_id(operator_id: str, booking_id: str, booking_version: int, ruleset_version: str) -> uuid.UUID:
    """Name-based (UUIDv5): the same state under the same ruleset always has the same id."""
    return uuid.uuid5(_NAMESPACE, f"{operator_id}/{booking_id}#{booking_version}@{ruleset_version}")
