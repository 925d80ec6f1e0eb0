"""The one path: merge → sightings → history → signals → rules → assessment.

A batch goes through it whole. Sightings are committed before any is read, so that two bookings scored at the same
moment on two workers each see the other. Reading a batch again changes nothing and gives the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment, Cause, Premises, RulesetRef, StopPremises, assessment_id
from pickup_contracts.booking import ENDED, BookingEvent
from pickup_contracts.codec import encode
from risk_scorer import shapes
from risk_scorer.entities import Keys, Sighting, booking_hash, entities_of, operator_hash, own, shared
from risk_scorer.facts import Facts
from risk_scorer.known import known
from risk_scorer.links import Hashed, History, Links, Mark, Met, count, widen
from risk_scorer.looks import asks
from risk_scorer.merge import Arrived, BookingState, Order, fold, fold_all, in_order, order_of, same_booking
from risk_scorer.policy.compile import Program, Value, Verdict, reasons
from risk_scorer.premises.judge import StopJudgement
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.scorecard import CardScore, Scorecard
from risk_scorer.signals.catalogue import Reader, evidence_of
from risk_scorer.store import Key, NewStep, Question, SightedAt, Store, StoredBooking

_MARK_OF = {"warn": shapes.WARNED, "hold_recommended": shapes.HELD}


class Incoming(Struct, frozen=True):
    """One event as it came in: decoded, its bytes, its place of arrival, and when the broker took it. `partition` is
    that of the topic; `None` when it came another way."""

    operator_id: str
    booking_id: str
    event: BookingEvent
    raw: bytes
    seq: int
    received_at: datetime
    partition: int | None = None


class Answer(Struct, frozen=True):
    """What an event led to. `assessment` is the encoded Assessment; `None` when the event changed nothing. `card` is
    what a scorecard in shadow makes of it."""

    incoming: Incoming
    assessment: bytes | None
    result: Assessment | None = None
    card: CardScore | None = None


class Document(Struct, frozen=True, omit_defaults=True):
    """A booking as stored between events. `sighted` is what its entities were last recorded as."""

    state: BookingState
    sighted: tuple[int, ...] = ()


class Turn:
    """One event on its way through a batch."""

    __slots__ = ("as_of", "at", "booking", "facts", "incoming", "scopes", "version")

    def __init__(self, incoming: Incoming, facts: Facts, version: int, booking: int) -> None:
        self.incoming = incoming
        self.facts = facts
        self.version = version
        self.booking = booking
        self.at = min(incoming.event.occurred_at, incoming.received_at)
        self.as_of = facts.as_of
        #: Its entities as the operator's own hashes and, when the operator shares links, as shared ones.
        self.scopes: tuple[Hashed, ...] = ()


class Draft:
    """A booking while a batch changes it. `known` when it was stored before."""

    __slots__ = ("changed", "document", "known", "order", "version")

    def __init__(self, document: Document | None, version: int, order: Order | None) -> None:
        self.document = document
        self.version = version
        self.order = order
        self.known = document is not None
        self.changed = False


class Assessor:
    """Assesses batches with one ruleset over one store. `opted_in` says which operators share links; without
    `premises` a place is what the booking itself says."""

    def __init__(
        self,
        store: Store,
        program: Program,
        keys: Keys,
        *,
        opted_in: Callable[[str], bool],
        now: Callable[[], datetime] | None = None,
        premises: PremisesKnowledge | None = None,
        scorecard: Scorecard | None = None,
    ) -> None:
        self._store = store
        self.program = program
        self._reader = Reader(program.signals)
        self._keys = keys
        self._opted_in = opted_in
        self._now = now
        self._premises = premises
        self._scorecard = scorecard
        self._document = msgspec.json.Decoder(Document)
        self._event = msgspec.json.Decoder(BookingEvent)

    async def assess(self, batch: Sequence[Incoming]) -> list[Answer]:
        """Assess a batch, durably; answers stand in the batch's order, one for every event."""
        taken = await self._store.taken([_ids(incoming) for incoming in batch])
        answers: dict[int, Answer] = {}
        fresh: list[tuple[int, Incoming]] = []
        first: dict[tuple[str, str, str], int] = {}
        for index, incoming in enumerate(batch):
            ids = _ids(incoming)
            if (step := taken.get(ids)) is not None:
                answers[index] = Answer(incoming, step.assessment)
            elif ids not in first:
                first[ids] = index
                fresh.append((index, incoming))
        drafts = await self._drafts(incoming for _, incoming in fresh)
        turns, unchanged = await self._merge(fresh, drafts)
        if self._premises is not None:
            await self._premises.settle([(turn.incoming.operator_id, turn.facts) for _, turn in turns])
        await self._record(turns, drafts)
        steps = list(unchanged)
        marks: list[tuple[int, Mark]] = []
        for index, answer, made in await self._judge(turns, marks):
            answers[index] = answer
            steps.append(made)
        await self._write(drafts, steps, marks)
        for index, incoming in enumerate(batch):
            if index not in answers:
                twin = answers.get(first[_ids(incoming)])
                answers[index] = Answer(incoming, twin.assessment if twin else None)
        return [answers[index] for index in range(len(batch))]

    async def _drafts(self, incoming: Iterable[Incoming]) -> dict[Key, Draft]:
        keys = list(dict.fromkeys((one.operator_id, one.booking_id) for one in incoming))
        stored = await self._store.bookings(keys) if keys else {}
        drafts: dict[Key, Draft] = {}
        for key in keys:
            row = stored.get(key)
            if row is None:
                drafts[key] = Draft(None, 0, None)
            else:
                order = Order(row.by_revision, row.revision, row.occurred_at, row.seq)
                drafts[key] = Draft(self._document.decode(row.state), row.version, order)
        return drafts

    async def _merge(
        self, fresh: Sequence[tuple[int, Incoming]], drafts: dict[Key, Draft]
    ) -> tuple[list[tuple[int, Turn]], list[NewStep]]:
        """Fold every event into its booking; those that change nothing become steps without an assessment."""
        turns: list[tuple[int, Turn]] = []
        unchanged: list[NewStep] = []
        folded: dict[Key, list[Arrived]] = {}
        for index, incoming in fresh:
            key = (incoming.operator_id, incoming.booking_id)
            draft = drafts[key]
            arrived = Arrived(incoming.event, incoming.seq)
            before = draft.document.state if draft.document is not None else None
            after, order = await self._fold(key, draft, arrived, folded)
            draft.order = order
            if before is not None and same_booking(before, after):
                unchanged.append(_step(incoming, draft.version, None, None, None, incoming.received_at))
                continue
            draft.version += 1
            draft.changed = True
            sighted = draft.document.sighted if draft.document is not None else ()
            draft.document = Document(after, sighted)
            as_of = max(after.booking.occurred_at, incoming.received_at)
            booking = booking_hash(self._keys, *key)
            turns.append((index, Turn(incoming, Facts(after, as_of), draft.version, booking)))
        return turns, unchanged

    async def _fold(
        self, key: Key, draft: Draft, arrived: Arrived, folded: dict[Key, list[Arrived]]
    ) -> tuple[BookingState, Order]:
        mine = folded.setdefault(key, [])
        mine.append(arrived)
        order = order_of(arrived)
        if draft.document is None:
            return fold(None, arrived.event), order
        assert draft.order is not None
        if draft.order.before(order):
            return fold(draft.document.state, arrived.event), order
        # Late, or the first without a revision: the whole booking is folded anew in the operator's order.
        stored = await self._store.events_of(key)
        everything = [*(Arrived(self._event.decode(raw), seq) for raw, seq in stored), *mine]
        state = fold_all(everything)
        assert state is not None
        newest = order_of(in_order(everything)[-1])
        if not all(isinstance(one.event.revision, int) for one in everything):
            newest = msgspec.structs.replace(newest, by_revision=False)
        return state, newest

    async def _record(self, turns: Sequence[tuple[int, Turn]], drafts: dict[Key, Draft]) -> None:
        """Commit what these events show of entities, and what became of the bookings."""
        sightings: list[SightedAt] = []
        marks: list[tuple[int, Mark]] = []
        for _, turn in turns:
            incoming = turn.incoming
            entities = entities_of(turn.facts)
            operator = operator_hash(self._keys, incoming.operator_id)
            turn.scopes = (own(self._keys, incoming.operator_id, turn.facts, entities),)
            if self._opted_in(incoming.operator_id):
                turn.scopes = (*turn.scopes, shared(self._keys, turn.facts, entities))
            draft = drafts[(incoming.operator_id, incoming.booking_id)]
            assert draft.document is not None
            seen = tuple(
                Sighting(
                    entity, turn.booking, operator, role, turn.facts.shape, scope.home, scope.dropoff, scope.booker
                )
                for scope in turn.scopes
                for entity, role in scope.entities
            )
            prints = tuple(_print(one) for one in seen)
            before = set(draft.document.sighted)
            sightings += [SightedAt(one, turn.at) for one, mark in zip(seen, prints, strict=True) if mark not in before]
            draft.document = msgspec.structs.replace(draft.document, sighted=prints)
            marks += [(turn.booking, Mark(mark, turn.at)) for mark in _became(turn.facts)]
        await self._store.sight(sightings)
        await self._store.mark(marks)

    async def _judge(
        self, turns: Sequence[tuple[int, Turn]], marks: list[tuple[int, Mark]]
    ) -> list[tuple[int, Answer, NewStep]]:
        histories, known_marks = await self._histories([turn for _, turn in turns])
        met = iter(histories)
        judged: list[tuple[int, Answer, NewStep]] = []
        for index, turn in turns:
            turn.facts.links = self._links(turn, met, known_marks)
            signals = self._reader.read(turn.facts)
            verdict = self.program.evaluate(signals)
            card = self._scorecard.score(verdict) if self._scorecard is not None else None
            assessment = self._assessment(turn, verdict, "booking_changed")
            encoded = encode(assessment)
            if (mark := _MARK_OF.get(verdict.decision)) is not None:
                made = Mark(mark, turn.as_of)
                marks.append((turn.booking, made))
                known_marks.setdefault(turn.booking, []).append(made)
            step = _step(
                turn.incoming, turn.version, assessment, encoded, _stored_signals(signals, verdict, card), turn.as_of
            )
            judged.append((index, Answer(turn.incoming, encoded, assessment, card), step))
        return judged

    async def _histories(self, turns: Sequence[Turn]) -> tuple[list[Met], dict[int, list[Mark]]]:
        """What the entities of each turn met, its own scope and then the shared one, and what became of those
        bookings."""
        questions = [Question(turn.as_of, turn.booking, asks(scope)) for turn in turns for scope in turn.scopes]
        found = await self._store.history(questions)
        bookings = {seen.booking for met in found for _, seen in met.seen}
        return found, await self._store.marks(list(bookings))

    def _links(self, turn: Turn, met: Iterator[Met], marks: dict[int, list[Mark]]) -> Links:
        operator = operator_hash(self._keys, turn.incoming.operator_id)
        counted = [
            count(History(next(met), marks, turn.as_of), scope, turn.facts.shape, operator) for scope in turn.scopes
        ]
        return counted[0] if len(counted) == 1 else widen(*counted)

    def _assessment(self, turn: Turn, verdict: Verdict, cause: Cause) -> Assessment:
        facts, incoming = turn.facts, turn.incoming
        ruleset = self.program.ruleset
        moments = [at for at in (known(facts.booking.driver_eta), known(facts.booking.pickup_at)) if at is not None]
        return Assessment(
            assessment_id=assessment_id(
                incoming.operator_id, incoming.booking_id, turn.version, ruleset.fingerprint[:12]
            ),
            operator_id=incoming.operator_id,
            booking_id=incoming.booking_id,
            booking_version=turn.version,
            cause=cause,
            decision=verdict.decision,
            score=verdict.score,
            pattern=verdict.pattern,
            reasons=reasons(verdict, {fired.rule.id: evidence_of(fired.signals, facts) for fired in verdict.fired}),
            premises=Premises(_premises(facts.pickup), _premises(facts.dropoff)),
            act_before=min(moments, default=None),
            too_late=facts.collected,
            ruleset=RulesetRef(ruleset.name, ruleset.version),
            degraded=list(facts.degraded),
            assessed_at=self._now() if self._now is not None else turn.as_of,
        )

    async def _write(
        self, drafts: dict[Key, Draft], steps: Sequence[NewStep], marks: Sequence[tuple[int, Mark]]
    ) -> None:
        bookings: list[tuple[Key, StoredBooking]] = []
        for key, draft in drafts.items():
            if draft.changed and draft.document is not None and draft.order is not None:
                order = draft.order
                stored = StoredBooking(
                    draft.version,
                    encode(draft.document),
                    order.by_revision,
                    order.revision,
                    order.occurred_at,
                    order.seq,
                    draft.known,
                )
                bookings.append((key, stored))
        if bookings or steps:
            await self._store.commit(
                bookings, steps, marks, steps[0].assessed_at if steps else bookings[0][1].occurred_at
            )


def _print(sighting: Sighting) -> int:
    """What a sighting says, as one number: the same in every process, unlike a hash of text."""
    return hash((sighting.entity, sighting.role, sighting.shape, sighting.home, sighting.dropoff, sighting.booker))


def _became(facts: Facts) -> Iterable[int]:
    """Refused: the operator's side gave it up for a reason that is not one of every day, or noted a suspicion."""
    ended = facts.booking.status in ENDED and facts.booking.status != "delivered"
    suspected = ended and facts.text.has("staff_suspects")
    if suspected:
        yield shapes.SUSPECTED
    if suspected or (facts.lifecycle.refused and not facts.text.has("ordinary_cancellation")):
        yield shapes.REFUSED
    elif facts.booking.status == "cancelled":
        yield shapes.CANCELLED


def _ids(incoming: Incoming) -> tuple[str, str, str]:
    return incoming.operator_id, incoming.booking_id, incoming.event.event_id


def _premises(stop: StopJudgement) -> StopPremises:
    return StopPremises(stop.kind, stop.residential, stop.source, stop.confidence)


def _step(
    incoming: Incoming,
    version: int,
    assessment: Assessment | None,
    encoded: bytes | None,
    signals: bytes | None,
    at: datetime,
) -> NewStep:
    return NewStep(
        incoming.operator_id,
        incoming.booking_id,
        incoming.event.event_id,
        incoming.seq,
        incoming.raw,
        version,
        assessment.assessment_id if assessment else None,
        encoded,
        signals,
        at,
    )


def _stored_signals(signals: dict[str, Value], verdict: Verdict, card: CardScore | None) -> bytes:
    """What was not simply unknown, for `explain`; not-a-number has no place in JSON and says nothing."""
    kept = {name: value for name, value in signals.items() if value and value == value and value != "unknown"}
    stored: dict[str, object] = {"signals": kept, "shadow": [fired.rule.id for fired in verdict.shadow]}
    if card is not None:
        stored["scorecard"] = card
    return encode(stored)
