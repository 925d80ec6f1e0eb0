"""Operator's word, then the lookup, then what the address was before, then what its text says. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from risk_scorer.premises.judge import Residential, StopJudgement

Source = Literal["operator", "lookup"]

#: As long as sightings are kept; older words are forgotten.
REMEMBERED = timedelta(days=30)
#: Text that is believed this far or more needs nothing beside it.
_SURE = 0.8
#: An operator's earlier word, not said of this booking.
_EARLIER_WORD = 0.85
_STALE = 0.75
#: Names over the door say more than an operator's list of kinds.
_TELLING = frozenset({"bank", "money_service", "jeweller", "station", "airport", "car_park", "police_station", "court"})
_BROAD = frozenset({"business", "retail", "public_place"})


class Finding(Struct, frozen=True, gc=False):
    """What was known of a place at a moment, and from where. A lookup that found nothing is `unknown`."""

    kind: str
    residential: Residential
    source: Source
    confidence: float
    at: datetime


class Ages(Struct, frozen=True):
    """How long an answer of the lookup is believed."""

    found: timedelta = timedelta(days=30)
    nothing: timedelta = timedelta(days=1)


def wants_history(judged: StopJudgement) -> bool:
    """Whether what this address was before could change the judgement: the operator has not said what it is now, its
    text is not sure, and it is the place itself that is meant, not the pavement outside."""
    if judged.source in ("operator", "organisation") or not judged.given:
        return False
    return judged.confidence < _SURE and not (judged.outside or judged.street_corner)


def wants_lookup(judged: StopJudgement, below: float) -> bool:
    """Whether a lookup is worth its time: `wants_history`, and believed less than `below`."""
    return wants_history(judged) and judged.confidence < below


def is_fresh(found: Finding, as_of: datetime, ages: Ages) -> bool:
    """Whether a lookup's answer, known by `as_of`, still counts then."""
    return found.at <= as_of < found.at + (ages.found if found.kind != "unknown" else ages.nothing)


def known_by(found: Finding | None, as_of: datetime) -> Finding | None:
    """`found`, when it was known at that moment and is not forgotten."""
    return found if found is not None and as_of - REMEMBERED < found.at <= as_of else None


def settle(
    judged: StopJudgement, *, word: Finding | None, lookup: Finding | None, as_of: datetime, ages: Ages
) -> StopJudgement:
    """The judgement with what else is known by `as_of`; later findings change nothing."""
    if not wants_history(judged):
        return judged
    lookup, word = known_by(lookup, as_of), known_by(word, as_of)
    if lookup is not None and lookup.kind != "unknown":
        if is_fresh(lookup, as_of, ages):
            return _with(judged, lookup, "lookup", lookup.confidence)
        if word is None:
            return _with(judged, lookup, "history", min(lookup.confidence, _STALE))
    if word is not None:
        return _with(judged, word, "history", _EARLIER_WORD)
    return judged


def _with(judged: StopJudgement, found: Finding, source: str, confidence: float) -> StopJudgement:
    kind = judged.kind if judged.kind in _TELLING and found.kind in _BROAD else found.kind
    return msgspec.structs.replace(
        judged,
        kind=kind,
        residential=found.residential,
        source=source,
        confidence=confidence,
        # It is one known place, however little was written of it.
        vague_place=False,
    )
