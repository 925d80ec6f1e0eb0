"""Labelled bookings from what the scorer has stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment, Decision, rank
from pickupctl.learning.labels import Case, label_of
from risk_scorer.outcomes.judged import JudgedStore
from risk_scorer.outcomes.reported import NOTHING, Found, Reported, found

_assessment = msgspec.json.Decoder(Assessment)


class _Stored(Struct):
    """The part of a step's stored signals that is read here."""

    shadow: list[str] = []


_stored = msgspec.json.Decoder(_Stored)


class Gathered(Struct):
    """What a period holds. `peaks` counts all bookings, labelled or not, by the rules of their highest assessment and
    its decision; `unlabelled` counts, by rule, those of which nothing was found."""

    cases: list[Case]
    bookings: int
    unlabelled: Counter[str]
    peaks: Counter[tuple[frozenset[str], Decision]]


async def gather(store: JudgedStore, since: datetime, now: datetime) -> Gathered:
    """Every booking assessed since, with what was found of it by now."""
    outcomes: dict[tuple[str, str], list[Reported]] = {}
    async for one in store.outcomes_since(since):
        outcomes.setdefault((one.operator_id, one.booking_id), []).append(one)
    findings = {key: found(reported, now) for key, reported in outcomes.items()}
    gathered = Gathered([], 0, Counter(), Counter())
    async for booking in _bookings(store, since):
        gathered.bookings += 1
        gathered.peaks[booking.peak, booking.decision] += 1
        what: Found = findings.get(booking.key, NOTHING)
        label = label_of(what)
        if label is None:
            gathered.unlabelled.update(booking.rules)
        else:
            gathered.cases.append(Case(booking.key[0], booking.rules, booking.peak, booking.decision, label))
    return gathered


class _Booking:
    """One booking's assessments, folded."""

    def __init__(self, key: tuple[str, str]) -> None:
        self.key = key
        self.rules: frozenset[str] = frozenset()
        self.peak: frozenset[str] = frozenset()
        self.decision: Decision = "allow"
        self._highest = (-1, -1)

    def take(self, assessment: Assessment, shadow: list[str]) -> None:
        fired = frozenset([*(reason.rule_id for reason in assessment.reasons), *shadow])
        self.rules |= fired
        height = (rank(assessment.decision), assessment.score)
        if height > self._highest:
            self._highest, self.peak, self.decision = height, fired, assessment.decision


async def _bookings(store: JudgedStore, since: datetime) -> AsyncIterator[_Booking]:
    current: _Booking | None = None
    async for judged in store.judged(since):
        key = (judged.operator_id, judged.booking_id)
        if current is None or current.key != key:
            if current is not None:
                yield current
            current = _Booking(key)
        shadow = _stored.decode(judged.signals).shadow if judged.signals else []
        current.take(_assessment.decode(judged.assessment), shadow)
    if current is not None:
        yield current
