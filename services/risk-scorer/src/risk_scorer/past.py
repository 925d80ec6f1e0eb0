"""Stored assessments as a backtest takes them: the signals of then, and those that nobody asked for then, read anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Decision
from pickup_contracts.booking import BookingEvent
from pickup_contracts.policy import ListName
from risk_scorer.facts import Facts
from risk_scorer.merge import Arrived, begun, fold_all
from risk_scorer.policy.backtest import Past
from risk_scorer.policy.overrides import Part
from risk_scorer.policy.values import Value
from risk_scorer.scorecard import CardScore
from risk_scorer.signals.catalogue import Reader


class Assessed(Struct, frozen=True):
    """One stored assessment: that of an event, whose `signals` are `None` when it changed nothing; or one of a booking
    judged again, which has no event."""

    operator_id: str
    booking_id: str
    seq: int | None
    event: bytes | None
    signals: bytes | None
    at: datetime


class Stored(Struct, frozen=True):
    """What is kept beside an assessment: the signals that were known, the rules in shadow that were true, what the
    lists asked for, what the operator's overrides did, and the ruleset for which the signals were read (the first 12
    characters of its fingerprint). `edition` is what the assessment's id names, where that is more than the ruleset."""

    signals: dict[str, Value]
    shadow: list[str] = []
    listed: list[tuple[str, ListName, Decision]] = []
    overrides: Part | None = None
    by: str = ""
    edition: str = ""
    scorecard: CardScore | None = None


_stored = msgspec.json.Decoder(Stored)
_event = msgspec.json.Decoder(BookingEvent)


class ReadingAgain:
    """What has to be read anew of stored bookings, because the ruleset of the time did not ask for it.

    `wanted` are the signals that the rulesets to be tried read, `asked` those that each ruleset of the past read, by
    fingerprint. Of a ruleset that is not among them everything is read anew that was not known. Signals of `kept_not`
    can't be: what they were read from is not kept; nor can anything of a booking of which what was booked is forgotten.
    `lost` collects those that were wanted and are not to be had.
    """

    def __init__(
        self, wanted: Sequence[str], asked: Mapping[str, Collection[str]], *, kept_not: Collection[str]
    ) -> None:
        self._wanted = wanted
        self._asked = asked
        self._kept_not = kept_not
        self._readers: dict[str, Reader | None] = {}
        self._again: dict[str, list[str]] = {}
        self.lost: set[str] = set()

    def reader(self, by: str) -> Reader | None:
        """What reads the rest of a booking that was assessed by that ruleset; `None` when there is none."""
        if by not in self._readers:
            asked = self._asked.get(by, ())
            unread = [name for name in self._wanted if name not in asked]
            again = [name for name in unread if name not in self._kept_not]
            self._again[by] = again
            self._readers[by] = Reader(again) if again else None
            if by in self._asked:
                self.lost.update(name for name in unread if name in self._kept_not)
        return self._readers[by]

    def forgotten(self, by: str) -> None:
        """A booking that was assessed by that ruleset can't be read again, or not the whole of it."""
        self.lost.update(self._again[by])


def pasts(steps: Sequence[Assessed], again: ReadingAgain | None = None) -> Iterator[Past]:
    """The states of one booking, whose steps these are in the order of arrival.

    What is read anew is read of the events that are given and of a booking's own words about its places. Of what is
    forgotten nothing is read: what was known of it then is taken as it is stored.
    """
    for index, step in enumerate(steps):
        if step.signals is None:
            continue
        stored = _stored.decode(step.signals)
        signals = stored.signals
        reader = again.reader(stored.by) if again is not None else None
        if reader is not None:
            taken = [one for one in steps[: index + 1] if one.seq is not None]
            arrived = [Arrived(_event.decode(one.event), one.seq) for one in taken if one.event and one.seq is not None]
            forgotten = [one.at for one in taken if not one.event]
            if again is not None and forgotten:
                again.forgotten(stored.by)
            if (state := fold_all(arrived, begun(forgotten))) is not None:
                signals = {**reader.read(Facts(state, step.at)), **signals}
        listed = tuple((name, band) for _, name, band in stored.listed)
        yield Past(step.operator_id, step.booking_id, step.at, signals, listed)
