"""What else is known of a batch's places than their text says: earlier words of the operator, and lookups.

One query a batch, and none when every stop is sure by itself. Lookups only where they are configured, only for stops
that nothing says much of, and never for longer than the batch's time box.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.booking import Address, Stop
from pickup_runtime import logs, metrics
from risk_scorer.entities import Keys, place_hash
from risk_scorer.facts import Facts
from risk_scorer.known import address, known, stop
from risk_scorer.os_places import LookupUnavailable, OsPlaces
from risk_scorer.premises.judge import HOMES, StopJudgement
from risk_scorer.premises.lookup import Question, question_of, read_answer
from risk_scorer.premises.settle import (
    REMEMBERED,
    Ages,
    Finding,
    is_fresh,
    settle,
    wants_history,
    wants_lookup,
)
from risk_scorer.premises_store import PlaceAt, PremisesStore

#: How the assessment says that a lookup was wanted and could not be had.
DEGRADED = "premises_lookup"
_FORGET_EVERY_S = 3600.0
_log = logs.get("premises")


class Lookups(Struct, frozen=True):
    """How lookups are done: by whom, for stops believed less than `below`, for at most `time_box_s` a batch."""

    client: OsPlaces
    below: float
    time_box_s: float
    ages: Ages = Ages()
    remember: int = 65_536


class _Open(Struct):
    """A stop that is not settled by its own words. `word` is the operator's place, `place` the lookup's."""

    facts: Facts
    end: str
    where: Address
    word: PlaceAt
    place: PlaceAt | None
    looked_up: Finding | None = None

    @property
    def judged(self) -> StopJudgement:
        judged: StopJudgement = getattr(self.facts, self.end)
        return judged


class PremisesKnowledge:
    """Settles the judgements of a batch. `lookups` is `None` when none are configured."""

    def __init__(self, store: PremisesStore, keys: Keys, *, lookups: Lookups | None = None) -> None:
        self._store = store
        self._keys = keys
        self._lookups = lookups
        self._ages = lookups.ages if lookups is not None else Ages()
        self._recent: OrderedDict[int, Finding] = OrderedDict()
        self._forget_at = 0.0

    async def settle(self, batch: Sequence[tuple[str, Facts]]) -> None:
        """Replace `pickup` and `dropoff` of each (operator, facts) by what is known as of `facts.as_of`, and note in
        `degraded` where a lookup was wanted and could not be had. Before anything is derived from them."""
        if not batch:
            return
        words: list[tuple[int, Finding]] = []
        unsettled: list[_Open] = []
        for operator_id, facts in batch:
            for end, given, keys in (
                ("pickup", facts.booking.pickup, facts.pickup_keys),
                ("dropoff", facts.booking.dropoff, facts.dropoff_keys),
            ):
                if not keys:
                    continue
                there = stop(given)
                if (word := _word(there, facts.as_of)) is not None:
                    words += [(place_hash(self._keys, key, operator_id), word) for key in keys]
                elif wants_history(judged := getattr(facts, end)):
                    unsettled.append(self._open(operator_id, facts, end, address(given), keys, judged))
        # Written before anything is read, so that two bookings of one batch, or of two workers, see each other.
        await self._store.learn(words)
        if unsettled:
            await self._settle(unsettled)
        await self._forget(min(facts.as_of for _, facts in batch))

    def _open(
        self, operator_id: str, facts: Facts, end: str, where: Address, keys: Sequence[str], judged: StopJudgement
    ) -> _Open:
        place = None
        if self._lookups is not None and wants_lookup(judged, self._lookups.below):
            place = PlaceAt(place_hash(self._keys, keys[0]), facts.as_of)
        # The last key needs no postcode: it names a home however it was written.
        return _Open(facts, end, where, PlaceAt(place_hash(self._keys, keys[-1], operator_id), facts.as_of), place)

    async def _settle(self, unsettled: Sequence[_Open]) -> None:
        asks = [one.word for one in unsettled]
        for one in unsettled:
            if one.place is not None:
                recent = self._recent.get(one.place.place)
                if recent is not None and is_fresh(recent, one.place.at, self._ages):
                    one.looked_up = recent
                else:
                    asks.append(one.place)
        unique = list(dict.fromkeys((ask.place, ask.at) for ask in asks))
        answers = await self._store.known([PlaceAt(*ask) for ask in unique])
        found = dict(zip(unique, answers, strict=True))
        for one in unsettled:
            if one.place is not None and one.looked_up is None:
                one.looked_up = found[(one.place.place, one.place.at)]
        if self._lookups is not None:
            await self._look(unsettled, self._lookups)
        for one in unsettled:
            settled = settle(
                one.judged,
                word=found[(one.word.place, one.word.at)],
                lookup=one.looked_up,
                as_of=one.word.at,
                ages=self._ages,
            )
            setattr(one.facts, one.end, settled)

    async def _look(self, unsettled: Sequence[_Open], lookups: Lookups) -> None:
        """Ask for what no fresh answer is known of, each place once."""
        wanted: dict[int, list[_Open]] = {}
        questions: dict[int, tuple[Question, Address]] = {}
        for one in unsettled:
            place = one.place
            if place is None:
                continue
            if one.looked_up is not None and is_fresh(one.looked_up, place.at, self._ages):
                metrics.premises_lookups.labels("known").inc()
                self._remember(place.place, one.looked_up)
                continue
            question = question_of(one.where)
            if question is not None:
                wanted.setdefault(place.place, []).append(one)
                questions[place.place] = (question, one.where)
        if not questions:
            return
        answers = await self._ask(questions, lookups)
        learned: list[tuple[int, Finding]] = []
        for number, openings in wanted.items():
            answer = answers.get(number)
            if answer is None:
                for one in openings:
                    one.facts.degraded = tuple(dict.fromkeys((*one.facts.degraded, DEGRADED)))
                continue
            # Known from the moment that asked for it, so that the same event assessed again finds it.
            finding = msgspec.structs.replace(answer, at=min(one.word.at for one in openings))
            learned.append((number, finding))
            self._remember(number, finding)
            for one in openings:
                one.looked_up = finding
        await self._store.learn(learned)

    async def _ask(self, questions: Mapping[int, tuple[Question, Address]], lookups: Lookups) -> dict[int, Finding]:
        """Answers of those that came within the time box; the others are given up."""
        tasks = {
            asyncio.create_task(_answer(lookups.client, question, where)): number
            for number, (question, where) in questions.items()
        }
        try:
            done, late = await asyncio.wait(tasks, timeout=lookups.time_box_s)
        finally:
            for task in tasks:
                task.cancel()
        if late:
            await asyncio.wait(late)
            metrics.premises_lookups.labels("timeout").inc(len(late))
        answered = {tasks[task]: task.result() for task in done}
        return {number: finding for number, finding in answered.items() if finding is not None}

    def _remember(self, place: int, finding: Finding) -> None:
        self._recent[place] = finding
        self._recent.move_to_end(place)
        if self._lookups is not None and len(self._recent) > self._lookups.remember:
            self._recent.popitem(last=False)

    async def _forget(self, as_of: datetime) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY_S
            await self._store.forget(as_of - REMEMBERED)


async def _answer(client: OsPlaces, question: Question, where: Address) -> Finding | None:
    """What the service says of the place; `None` when it could not be asked, or could not be understood."""
    try:
        said = await client.ask(question, lambda body: read_answer(body, where))
    except LookupUnavailable as unavailable:
        metrics.premises_lookups.labels(unavailable.reason).inc()
        return None
    metrics.premises_lookups.labels("found" if said is not None else "nothing").inc()
    if said is None:
        return Finding("unknown", "unknown", "lookup", 0.0, datetime.min)
    return Finding(said.kind, said.residential, "lookup", said.confidence, datetime.min)


def _word(there: Stop, as_of: datetime) -> Finding | None:
    """What the operator itself calls the place on this booking."""
    kind = known(there.premises)
    if kind is None or kind == "unknown":
        return None
    return Finding(kind, "yes" if kind in HOMES else "no", "operator", 0.95, as_of)
