"""The one path: merge → sightings → history → signals → rules → assessment.

A batch goes through it whole. Sightings are committed before any is read, so that two bookings scored at the same
moment on two workers each see the other. Reading a batch again changes nothing and gives the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import ENDED, BookingEvent
from pickup_contracts.codec import encode
from risk_scorer import shapes
from risk_scorer.changes import OPEN_FOR, Changes, Key, NewStep, OpenBooking, SightedAt, StoredBooking
from risk_scorer.entities import Sighting
from risk_scorer.facts import Facts
from risk_scorer.fairness import Group
from risk_scorer.history import Mark
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judgement, Judging, News, Turn, follow
from risk_scorer.known import known
from risk_scorer.lifecycle import Lifecycle
from risk_scorer.looks import is_kept
from risk_scorer.merge import (
    NEW,
    Arrived,
    BookingState,
    Order,
    begun,
    fold,
    fold_all,
    in_order,
    order_of,
    same_booking,
)
from risk_scorer.partitions import KEPT_FOR
from risk_scorer.scorecard import CardScore
from risk_scorer.signals.lifecycle import mentioned, sender_on_phone, sender_surprised

#: Where the operator's side says why a job came to nothing; what the booker wrote before is no reason.
_REASONS = ("change_reason", "notes.office")
#: What driver or office see and write of a door behind which somebody is being deceived, whether they say so or not.
_TELLING = (sender_surprised, sender_on_phone, mentioned)


class Answer(Struct, frozen=True):
    """What an event led to. `assessment` is the encoded Assessment; `None` when the event changed nothing. `card` is
    what a scorecard in shadow makes of it, `group` where it is counted."""

    incoming: Incoming
    assessment: bytes | None
    result: Assessment | None = None
    card: CardScore | None = None
    group: Group | None = None


class Document(Struct, frozen=True, omit_defaults=True):
    """A booking as stored between events. `sighted` is what its entities were last recorded as."""

    state: BookingState
    sighted: tuple[int, ...] = ()


class Draft:
    """A booking while a batch changes it. `known` when it was stored before, and without a `document` forgotten since,
    when its course begins with `begun`; `reported` when something was found of it; `open_until` until when it is open,
    `None` when it has ended, `news` when that has changed."""

    __slots__ = (
        "begun", "changed", "document", "known", "news", "open_until", "order", "partition", "reported", "version",
    )  # fmt: skip

    def __init__(
        self, document: Document | None, version: int, order: Order | None, *, known: bool = True,
        reported: bool = False, begun: Lifecycle = NEW,
    ) -> None:  # fmt: skip
        self.document = document
        self.version = version
        self.order = order
        self.known = known
        self.reported = reported
        self.begun = begun
        self.changed = False
        self.news = False
        self.partition: int | None = None
        self.open_until = open_until(document.state) if document is not None else None


class Assessor:
    """Assesses batches of events."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._store = judging.store
        self._document = msgspec.json.Decoder(Document)
        self._event = msgspec.json.Decoder(BookingEvent)

    async def assess(self, batch: Sequence[Incoming]) -> list[Answer]:
        """Assess a batch, durably; answers stand in the batch's order, one for every event."""
        stored = await self._store.bookings(list(dict.fromkeys((one.operator_id, one.booking_id) for one in batch)))
        # A booking is written with the steps that made it: of one that is not there no event was taken.
        again = [_ids(one) for one in batch if (one.operator_id, one.booking_id) in stored]
        taken = await self._store.taken(again) if again else {}
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
        forgotten = [key for key, row in stored.items() if row.state is None]
        heard = await self._store.first_heard(forgotten) if forgotten else {}
        drafts = self._drafts((incoming for _, incoming in fresh), stored, heard)
        turns, unchanged = await self._merge(fresh, drafts)
        await self._judging.prepare(turns.values(), [turn for turn in turns.values() if drafts[turn.key].reported])
        told = await self._record(turns.values(), drafts)
        judged = await self._judging.judge(list(turns.values()), ["booking_changed"] * len(turns))
        changes = Changes(steps=unchanged)
        for index, one in zip(turns, judged, strict=True):
            incoming = batch[index]
            answers[index] = Answer(incoming, one.assessment, one.result, one.card, one.group)
            changes.steps.append(_step(incoming, one.turn.version, one, one.turn.as_of))
            follow(changes, one, told.get(one.turn))
        await self._write(drafts, changes)
        for index, incoming in enumerate(batch):
            if index not in answers:
                twin = answers.get(first[_ids(incoming)])
                answers[index] = Answer(incoming, twin.assessment if twin else None)
        return [answers[index] for index in range(len(batch))]

    def _drafts(
        self, incoming: Iterable[Incoming], stored: Mapping[Key, StoredBooking], heard: Mapping[Key, datetime]
    ) -> dict[Key, Draft]:
        drafts: dict[Key, Draft] = {}
        for key in dict.fromkeys((one.operator_id, one.booking_id) for one in incoming):
            row = stored.get(key)
            if row is None:
                drafts[key] = Draft(None, 0, None, known=False)
            elif row.state is None:
                course = begun([heard[key]] if key in heard else ())
                drafts[key] = Draft(None, row.version, None, reported=row.reported, begun=course)
            else:
                order = Order(row.by_revision, row.revision, row.occurred_at, row.seq)
                drafts[key] = Draft(self._document.decode(row.state), row.version, order, reported=row.reported)
        return drafts

    async def _merge(
        self, fresh: Sequence[tuple[int, Incoming]], drafts: dict[Key, Draft]
    ) -> tuple[dict[int, Turn], list[NewStep]]:
        """Fold every event into its booking, by its place in the batch; those that change nothing become steps without
        an assessment."""
        turns: dict[int, Turn] = {}
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
                unchanged.append(_step(incoming, draft.version, None, incoming.received_at))
                continue
            draft.version += 1
            draft.changed = True
            sighted = draft.document.sighted if draft.document is not None else ()
            draft.document = Document(after, sighted)
            until = open_until(after)
            draft.news = draft.news or until != draft.open_until
            draft.open_until = until
            draft.partition = incoming.partition
            turns[index] = Turn(
                *key,
                Facts(after, max(after.booking.occurred_at, incoming.received_at)),
                version=draft.version,
                booking=self._judging.booking(key),
                at=min(incoming.event.occurred_at, incoming.received_at),
                received_at=incoming.received_at,
            )
        return turns, unchanged

    async def _fold(
        self, key: Key, draft: Draft, arrived: Arrived, folded: dict[Key, list[Arrived]]
    ) -> tuple[BookingState, Order]:
        mine = folded.setdefault(key, [])
        mine.append(arrived)
        order = order_of(arrived)
        if draft.document is None:
            return fold(None, arrived.event, draft.begun), order
        assert draft.order is not None
        if draft.order.before(order):
            return fold(draft.document.state, arrived.event), order
        # Late, or the first without a revision: the whole booking is folded anew in the operator's order.
        stored = await self._store.events_of(key)
        kept = (Arrived(self._event.decode(raw), seq) for raw, seq, _ in stored if raw is not None)
        everything = [*kept, *mine]
        state = fold_all(everything, begun(at for raw, _, at in stored if raw is None))
        assert state is not None
        newest = order_of(in_order(everything)[-1])
        if not all(isinstance(one.event.revision, int) for one in everything):
            newest = msgspec.structs.replace(newest, by_revision=False)
        return state, newest

    async def _record(self, turns: Iterable[Turn], drafts: dict[Key, Draft]) -> dict[Turn, News]:
        """Commit which bookings are open, what these events show of entities, and what became of the bookings; returns
        what of that is news."""
        opened: dict[Key, OpenBooking] = {}
        sightings: list[SightedAt] = []
        marks: list[tuple[int, Mark]] = []
        told: dict[Turn, News] = {}
        for turn in turns:
            operator = self._judging.operator(turn.operator_id)
            draft = drafts[turn.key]
            assert draft.document is not None
            # What could matter to it may be something else from now on: until it is judged, anything could.
            if draft.open_until is not None and (draft.news or turn.could_be_part):
                opened[turn.key] = OpenBooking(turn.booking, *turn.key, draft.partition, draft.open_until)
            seen = tuple(
                Sighting(
                    entity, turn.booking, operator, role, turn.facts.shape, scope.home, scope.dropoff, scope.booker
                )
                for scope in turn.scopes
                for entity, role in scope.entities
                if is_kept(role, turn.facts.shape, scope.home)
            )
            prints = tuple(_print(one) for one in seen)
            before = set(draft.document.sighted)
            new = [SightedAt(one, turn.at) for one, mark in zip(seen, prints, strict=True) if mark not in before]
            became = [(turn.booking, Mark(mark, turn.at)) for mark in _became(turn.facts)]
            if new or became:
                told[turn] = "became" if became else "seen"
            if turn.received_at - turn.at < KEPT_FOR:
                sightings += new
            marks += became
            draft.document = msgspec.structs.replace(draft.document, sighted=prints)
        # In this order: whoever sees them can tell them something.
        await self._store.open(list(opened.values()))
        await self._store.sight(sightings)
        await self._store.mark(marks)
        return told

    async def _write(self, drafts: dict[Key, Draft], changes: Changes) -> None:
        for key, draft in drafts.items():
            if not draft.changed or draft.document is None or draft.order is None:
                continue
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
            changes.bookings.append((key, stored))
            if draft.news and draft.open_until is None:
                changes.ended.append(self._judging.booking(key))
        if changes.bookings or changes.steps:
            await self._store.commit(changes)


def open_until(state: BookingState) -> datetime | None:
    """Until when a booking is open if nothing more is heard of it; `None` when it has ended."""
    booking = state.booking
    if booking.status in ENDED:
        return None
    return (known(booking.pickup_at) or state.lifecycle.first_at or booking.occurred_at) + OPEN_FOR


def _print(sighting: Sighting) -> int:
    """What a sighting says, as one number: the same in every process, unlike a hash of text."""
    return hash((sighting.entity, sighting.role, sighting.shape, sighting.home, sighting.dropoff, sighting.booker))


def _became(facts: Facts) -> Iterable[int]:
    """Refused: the operator's side gave it up for a reason that is not one of every day, or noted a suspicion, or what
    one is suspicious of."""
    ended = facts.booking.status in ENDED and facts.booking.status != "delivered"
    suspected = ended and (
        facts.staff_suspect or "felt_like_cash" in facts.observations or any(tells(facts) for tells in _TELLING)
    )
    if suspected:
        yield shapes.SUSPECTED
    if suspected or (facts.lifecycle.refused and not facts.text.has("ordinary_cancellation", fields=_REASONS)):
        yield shapes.REFUSED
    elif facts.booking.status == "cancelled":
        yield shapes.CANCELLED


def _ids(incoming: Incoming) -> tuple[str, str, str]:
    return incoming.operator_id, incoming.booking_id, incoming.event.event_id


def _step(incoming: Incoming, version: int, made: Judgement | None, at: datetime) -> NewStep:
    return NewStep(
        incoming.operator_id,
        incoming.booking_id,
        incoming.event.event_id,
        incoming.seq,
        incoming.raw,
        version,
        made.result.assessment_id if made else None,
        made.assessment if made else None,
        made.signals if made else None,
        at,
    )
