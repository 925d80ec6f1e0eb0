"""Judging open bookings again when a linked booking, an outcome, a list or the policy changes what is known of them.

What has changed asks for a booking in the transaction in which it becomes known (`reassessments_due`), so nothing is
forgotten in a crash. An answer is an assessment of a version of its own, kept and published only if it differs from the
one before; and only what becomes known of a booking for the first time is told to those that are linked to it, so this
comes to an end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import ENDED, booking_key
from pickup_runtime import logs, metrics
from pickup_runtime.halving import halved
from risk_scorer.assess import Document
from risk_scorer.changes import Changes
from risk_scorer.claims import Claims
from risk_scorer.due import Due, DueStore, Reassessment
from risk_scorer.facts import Facts
from risk_scorer.judging import Judgement, Judging, Turn, follow

#: So many at a time: a batch of events waits no longer than they take.
MOST = 100
_log = logs.get("reassess")


class Again(Struct, frozen=True):
    """What one round came to: how many bookings were taken off the list, and the assessments that differ."""

    judged: int
    changed: list[Judgement]


class Reassessor:
    """Judges again what is due, and leaves for the next round what a batch holds by `claims`."""

    def __init__(self, judging: Judging, due: DueStore, claims: Claims | None = None) -> None:
        self._judging = judging
        self._due = due
        self._claims = claims if claims is not None else Claims()
        self._document = msgspec.json.Decoder(Document)
        self._assessment = msgspec.json.Decoder(Assessment)

    async def run(self, partitions: Collection[int] | None = None, now: datetime | None = None) -> Again:
        """One round over these partitions; `None` is all of them."""
        listed = await self._due.due(partitions, now or datetime.now(UTC), MOST)
        due = {booking_key(*one.key): one for one in listed}
        # What a batch has changed between that reading and this claim stays on the list: see `DueStore.commit`.
        with self._claims.free_of(due) as mine:
            return await self._round([one for key, one in due.items() if key in mine])

    async def _round(self, due: Sequence[Due]) -> Again:
        parts = await halved(due, self._judge, self._give_up)
        return Again(sum(part.judged for part in parts), [one for part in parts for one in part.changed])

    async def _give_up(self, one: Due, error: Exception) -> Again:
        """Take one that breaks the assessor off the list, or it would stand in the way of all others. It is judged
        again at its next event."""
        _log.error("poison_reassessment", cause=one.cause, exc_info=error)
        metrics.reassessments.labels(one.cause, "failed").inc()
        await self._due.commit([one], [], Changes())
        return Again(1, [])

    async def _judge(self, due: Sequence[Due]) -> Again:
        turns = [self._turn(one) for one in due]
        await self._judging.prepare(turns, turns)
        judged = await self._judging.judge(turns, [one.cause for one in due])
        changes = Changes()
        changed: list[Judgement] = []
        made: list[Reassessment] = []
        for one, judgement in zip(due, judged, strict=True):
            ended = judgement.turn.facts.booking.status in ENDED
            if one.cause == "outcome_reported" or not ended:
                # What was found of a booking is told to those that are linked to it also when it is over.
                follow(changes, judgement, "became" if one.cause == "outcome_reported" else None)
            differs = not ended and self._differs(one, judgement.result)
            metrics.reassessments.labels(one.cause, "changed" if differs else "same").inc()
            if differs:
                changed.append(judgement)
                made.append(_kept(one, judgement))
        kept = {(one.operator_id, one.booking_id) for one in await self._due.commit(due, made, changes)}
        return Again(len(due), [one for one in changed if one.turn.key in kept])

    def _turn(self, one: Due) -> Turn:
        state = self._document.decode(one.state).state
        as_of = max(one.asked_at, state.booking.occurred_at)
        return Turn(
            *one.key,
            Facts(state, as_of),
            version=one.version + 1,
            booking=self._judging.booking(one.key),
            at=as_of,
            received_at=as_of,
        )

    def _differs(self, one: Due, now: Assessment) -> bool:
        """Whether a reader would be told something else: another decision, score, reason or thing not seen."""
        if one.newest is None:
            return True
        before = self._assessment.decode(one.newest)
        return _said(before) != _said(now)


def _said(one: Assessment) -> tuple[object, ...]:
    return one.decision, one.score, one.pattern, one.too_late, one.degraded, one.reasons


def _kept(one: Due, judgement: Judgement) -> Reassessment:
    result = judgement.result
    return Reassessment(
        one.operator_id,
        one.booking_id,
        result.booking_version,
        one.cause,
        result.assessment_id,
        judgement.assessment,
        judgement.signals,
        result.assessed_at,
        one.partition,
    )
