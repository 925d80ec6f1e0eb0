"""From a booking's state to its assessment: entities → history → signals → rules. Whatever the cause, in one way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment, Cause, Premises, RulesetRef, StopPremises, assessment_id, rank
from pickup_contracts.codec import encode
from pickup_runtime import metrics
from risk_scorer import news, shapes
from risk_scorer.changes import Again, Changes, Key, SightedAt
from risk_scorer.concerned import concerned, could_be_part
from risk_scorer.counting import count
from risk_scorer.entities import Keys, Sighting, booking_hash, entities_of, operator_hash, own, shared
from risk_scorer.facts import WITHOUT_HISTORY, Facts
from risk_scorer.fairness import Group, group_of
from risk_scorer.history import History, Mark, Met, Seen
from risk_scorer.known import known
from risk_scorer.links import Hashed, Links, widen
from risk_scorer.looks import asks
from risk_scorer.moments import micros
from risk_scorer.outcomes.reported import found
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy.compile import Program, Value
from risk_scorer.policy.standing import Judged, Policy
from risk_scorer.policy.values import says_something
from risk_scorer.premises.judge import StopJudgement
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.scorecard import CardScore, Scorecard
from risk_scorer.signals.catalogue import evidence_of
from risk_scorer.signals.links import OF_OTHERS_ALONE
from risk_scorer.store import Question, Store

_MARK_OF = {"warn": shapes.WARNED, "hold_recommended": shapes.HELD}
_WARNINGS = frozenset(_MARK_OF.values())
#: After so long, what was judged without all of its inputs is judged again.
_RETRY_AFTER = timedelta(seconds=60)
#: A booking is `seen` with something for the first time, or something `became` of it.
News = Literal["seen", "became"]


class Turn:
    """One state of a booking on its way to an assessment. `at` is when it happened, `as_of` up to when anything is
    known, `received_at` when it came in."""

    __slots__ = ("as_of", "at", "booking", "booking_id", "facts", "operator_id", "received_at", "scopes", "version")

    def __init__(
        self, operator_id: str, booking_id: str, facts: Facts, *, version: int, booking: int, at: datetime,
        received_at: datetime,
    ) -> None:  # fmt: skip
        self.operator_id = operator_id
        self.booking_id = booking_id
        self.facts = facts
        self.version = version
        self.booking = booking
        self.at = at
        self.as_of = facts.as_of
        self.received_at = received_at
        #: Its entities as the operator's own hashes and, when the operator shares links, as shared ones.
        self.scopes: tuple[Hashed, ...] = ()

    @property
    def key(self) -> Key:
        """Operator and booking."""
        return self.operator_id, self.booking_id

    @property
    def could_be_part(self) -> bool:
        """Whether others could make it part of a scam."""
        return could_be_part(self.facts.shape, any(scope.home for scope in self.scopes))


class Judgement(Struct, frozen=True):
    """An assessment, encoded and plain, and what is kept beside it. `marks` are what the booking came to by it for the
    first time, `warned` where its home is when that was a warning; `linked` are bookings that count differently because
    it is there, with the kinds of `news` that it is to them, `beside` those that do only because of what became of it.
    `hears` are the kinds of news that could still matter to it; `None` where others are nothing to it."""

    turn: Turn
    result: Assessment
    assessment: bytes
    signals: bytes
    card: CardScore | None
    group: Group
    marks: tuple[Mark, ...]
    warned: Sighting | None
    linked: dict[int, int]
    beside: tuple[int, ...]
    hears: int | None


def follow(changes: Changes, one: Judgement, told: News | None) -> None:
    """Note what follows from a judgement. It is told to linked bookings when it showed or became something; that
    happens to a booking a few times at most, so bookings never go on telling each other."""
    turn = one.turn
    if one.marks:
        changes.marks += [(turn.booking, mark) for mark in one.marks]
        told = "became"
        if one.warned is not None:
            changes.warned.append(SightedAt(one.warned, turn.as_of))
    if told == "became":
        for booking in (*one.linked, *one.beside):
            changes.tell(booking, turn.as_of, news.ALL)
    elif told == "seen":
        for booking, kinds in one.linked.items():
            changes.tell(booking, turn.as_of, kinds)
    if one.hears is not None:
        changes.hears[turn.booking] = one.hears
    if any(missing != WITHOUT_HISTORY for missing in one.result.degraded):
        # What is forgotten does not come back; what else could not be had may: soon at first, and as rarely as the
        # booking is old.
        age = turn.as_of - (turn.facts.lifecycle.first_at or turn.as_of)
        changes.again[turn.key] = Again(turn.booking, turn.as_of, turn.as_of + max(age, _RETRY_AFTER))


class Judging:
    """Judges turns over one store. `policy` is asked once a batch for what to judge by; without it, that is `program`
    alone. `opted_in` says which operators share links; without `premises` a place is what the booking itself says;
    without `outcomes` nothing that was found is known."""

    def __init__(
        self,
        store: Store,
        program: Program,
        keys: Keys,
        *,
        opted_in: Callable[[str], bool],
        now: Callable[[], datetime] | None = None,
        premises: PremisesKnowledge | None = None,
        outcomes: OutcomeStore | None = None,
        scorecard: Scorecard | None = None,
        policy: Callable[[], Policy] | None = None,
    ) -> None:
        self.store = store
        alone = Policy(program)
        self._policy = policy if policy is not None else lambda: alone
        self._keys = keys
        self._opted_in = opted_in
        self._now = now
        self._premises = premises
        self._outcomes = outcomes
        self._scorecard = scorecard

    def booking(self, key: Key) -> int:
        """The keyed hash by which sightings name a booking."""
        return booking_hash(self._keys, *key)

    def operator(self, operator_id: str) -> int:
        """The keyed hash by which sightings name an operator."""
        return operator_hash(self._keys, operator_id)

    async def prepare(self, turns: Collection[Turn], reported: Sequence[Turn]) -> None:
        """Settle what the places are, what was found of `reported`, and whom each turn involves."""
        if self._premises is not None:
            await self._premises.settle([(turn.operator_id, turn.facts) for turn in turns])
        if self._outcomes is not None and reported:
            outcomes = await self._outcomes.outcomes_of([turn.key for turn in reported])
            for turn in reported:
                turn.facts.found = found(outcomes.get(turn.key, ()), turn.as_of)
        for turn in turns:
            turn.scopes = self._scopes(turn)

    def by_itself(self, turn: Turn, state: str) -> bytes:
        """The encoded assessment of a turn that was not prepared, by what the booking says itself: nothing is read, and
        the assessment says so. `state` names this state of it among the others of the same version."""
        turn.scopes = self._scopes(turn)
        turn.facts.degraded = (*turn.facts.degraded, WITHOUT_HISTORY)
        policy = self._policy()
        signals = policy.reader.read(turn.facts)
        judged = policy.judge(turn.operator_id, signals, turn.scopes, turn.received_at)
        assessment = self._assessment(turn, judged, policy, "booking_changed")
        named = assessment_id(turn.operator_id, turn.booking_id, turn.version, f"{judged.edition}/{state}")
        return encode(msgspec.structs.replace(assessment, assessment_id=named))

    def _scopes(self, turn: Turn) -> tuple[Hashed, ...]:
        entities = entities_of(turn.facts)
        mine = own(self._keys, turn.operator_id, turn.facts, entities)
        return (mine, shared(self._keys, turn.facts, entities)) if self._opted_in(turn.operator_id) else (mine,)

    async def judge(self, turns: Sequence[Turn], causes: Sequence[Cause]) -> list[Judgement]:
        """Judge prepared turns, in order, each for its cause; a later one knows what an earlier one came to."""
        histories, marks = await self._histories(turns)
        met = iter(histories)
        policy = self._policy()
        warned: dict[int, list[SightedAt]] = {}
        judged: list[Judgement] = []
        for turn, cause in zip(turns, causes, strict=True):
            own, *others = [next(met) for _ in turn.scopes]
            for before in warned.get(turn.scopes[0].district, ()):
                if before.sighting.booking != turn.booking:
                    _put_in(own.seen, before)
            one = self._judge(turn, cause, [own, *others], marks, policy)
            if one.warned is not None:
                warned.setdefault(one.warned.entity, []).append(SightedAt(one.warned, turn.as_of))
            judged.append(one)
        return judged

    def _judge(
        self, turn: Turn, cause: Cause, met: Sequence[Met], marks: dict[int, list[Mark]], policy: Policy
    ) -> Judgement:
        facts = turn.facts
        facts.links = self._links(turn, met, marks)
        signals = policy.reader.read(facts)
        made_of = policy.judge(turn.operator_id, signals, turn.scopes, turn.received_at)
        verdict = made_of.verdict
        for compiled in verdict.shadow:
            metrics.shadow_rules.labels(compiled.rule.id).inc()
        card = self._scorecard.score(verdict) if self._scorecard is not None else None
        assessment = self._assessment(turn, made_of, policy, cause)
        became = _became(made_of, policy, turn, signals, marks.setdefault(turn.booking, []))
        return Judgement(
            turn,
            assessment,
            encode(assessment),
            stored_signals(signals, made_of, card),
            card,
            group_of(facts),
            became,
            self._warned(turn) if any(one.mark in _WARNINGS for one in became) else None,
            *concerned(facts.shape, turn.scopes, met, turn.as_of),
            policy.program.hearing.of(signals) if turn.could_be_part else None,
        )

    def _warned(self, turn: Turn) -> Sighting | None:
        """The district of its home, as a sighting; `None` where none is known."""
        scope = turn.scopes[0]
        if not scope.district:
            return None
        return Sighting(
            scope.district,
            turn.booking,
            self.operator(turn.operator_id),
            shapes.WARNED_DISTRICT,
            turn.facts.shape,
            scope.home,
            scope.dropoff,
            scope.booker,
        )

    async def _histories(self, turns: Sequence[Turn]) -> tuple[list[Met], dict[int, list[Mark]]]:
        """What the entities of each turn met, its own scope and then the shared one, and what became of those
        bookings and of its own."""
        questions = [Question(turn.as_of, turn.booking, asks(scope)) for turn in turns for scope in turn.scopes]
        history = await self.store.history(questions)
        bookings = {seen.booking for met in history for _, seen in met.seen} | {turn.booking for turn in turns}
        return history, await self.store.marks(list(bookings))

    def _links(self, turn: Turn, met: Sequence[Met], marks: dict[int, list[Mark]]) -> Links:
        operator = self.operator(turn.operator_id)
        counted = [
            count(History(one, marks, turn.as_of), scope, turn.facts.shape, operator)
            for one, scope in zip(met, turn.scopes, strict=True)
        ]
        return counted[0] if len(counted) == 1 else widen(*counted)

    def _assessment(self, turn: Turn, judged: Judged, policy: Policy, cause: Cause) -> Assessment:
        facts, verdict = turn.facts, judged.verdict
        ruleset = policy.program.ruleset
        moments = [at for at in (known(facts.booking.driver_eta), known(facts.booking.pickup_at)) if at is not None]
        return Assessment(
            assessment_id=assessment_id(turn.operator_id, turn.booking_id, turn.version, judged.edition),
            operator_id=turn.operator_id,
            booking_id=turn.booking_id,
            booking_version=turn.version,
            cause=cause,
            decision=verdict.decision,
            score=verdict.score,
            pattern=verdict.pattern,
            reasons=judged.reasons({fired.rule.id: evidence_of(fired.signals, facts) for fired in verdict.fired}),
            premises=Premises(_premises(facts.pickup), _premises(facts.dropoff)),
            act_before=min(moments, default=None),
            too_late=facts.collected,
            ruleset=RulesetRef(ruleset.name, ruleset.version),
            degraded=list(facts.degraded),
            assessed_at=self._now() if self._now is not None else turn.as_of,
        )


def _became(
    judged: Judged, policy: Policy, turn: Turn, signals: Mapping[str, Value], known_marks: list[Mark]
) -> tuple[Mark, ...]:
    """What the booking comes to for the first time: a warning or a hold for what it is itself, and that it was
    delivered after one. They are added to `known_marks`."""
    decision = judged.verdict.decision
    if decision in _MARK_OF and not judged.hits and any(signals.get(name) for name in OF_OTHERS_ALONE):
        decision = min(decision, policy.program.evaluate_without(signals, OF_OTHERS_ALONE).decision, key=rank)
    came_to = [_MARK_OF[decision]] if decision in _MARK_OF else []
    if turn.facts.booking.status == "delivered" and (came_to or any(one.mark in _WARNINGS for one in known_marks)):
        came_to.append(shapes.DELIVERED)
    told = {one.mark for one in known_marks}
    new = tuple(Mark(mark, turn.as_of) for mark in came_to if mark not in told)
    known_marks += new
    return new


def _seen(sighted: SightedAt) -> Seen:
    one = sighted.sighting
    return Seen(micros(sighted.at), one.booking, one.operator, one.role, one.shape, one.home, one.dropoff, one.booker)


def _put_in(seen: list[tuple[int, Seen]], sighted: SightedAt) -> None:
    """Among what an entity met the newest come first: an event that came late is judged after newer ones."""
    entity, one = sighted.sighting.entity, _seen(sighted)
    older = (place for place, (of, other) in enumerate(seen) if of == entity and other.at <= one.at)
    seen.insert(next(older, len(seen)), (entity, one))


def _premises(stop: StopJudgement) -> StopPremises:
    return StopPremises(stop.kind, stop.residential, stop.source, stop.confidence)


def stored_signals(signals: dict[str, Value], judged: Judged, card: CardScore | None) -> bytes:
    """What was not simply unknown, for `explain` and for judging again; what is left out is just what
    `policy.values.UNKNOWN` puts back. Of the lists, which entries were met and what each
    asks for; of the operator's overrides, what they did."""
    # Most of them are `False` or 0; looking at that first is what makes this cheap.
    kept = {name: value for name, value in signals.items() if (value or type(value) is float) and says_something(value)}
    stored: dict[str, object] = {
        "signals": kept,
        "shadow": [fired.rule.id for fired in judged.verdict.shadow],
        "by": judged.edition[:12],
    }
    if judged.hits:
        stored["listed"] = [(hit.entry.entry_id, hit.entry.list_name, hit.entry.band) for hit in judged.hits]
    if judged.part is not None:
        stored["overrides"] = judged.part
    if len(judged.edition) > 12:
        stored["edition"] = judged.edition
    if card is not None:
        stored["scorecard"] = card
    return encode(stored)
