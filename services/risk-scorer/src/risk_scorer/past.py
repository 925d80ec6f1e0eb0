"""Stored assessments as a backtest takes them: the signals of then, and those that nobody asked for then, read anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Decision
from pickup_contracts.booking import BookingEvent
from pickup_contracts.policy import ListName
from risk_scorer.facts import Facts
from risk_scorer.merge import Arrived, fold_all
from risk_scorer.policy.backtest import Past
from risk_scorer.policy.values import Value
from risk_scorer.signals.catalogue import Reader


class Assessed(Struct, frozen=True):
    """One stored step. `signals` is `None` when the event changed nothing."""

    operator_id: str
    booking_id: str
    seq: int
    event: bytes
    signals: bytes | None
    at: datetime


class Stored(Struct, frozen=True):
    """What a step keeps of its signals: those that were known, and what the lists asked for."""

    signals: dict[str, Value]
    listed: list[tuple[str, ListName, Decision]] = []


_stored = msgspec.json.Decoder(Stored)
_event = msgspec.json.Decoder(BookingEvent)


def pasts(steps: Sequence[Assessed], reader: Reader | None) -> Iterator[Past]:
    """The states of one booking, whose steps these are in the order of arrival.

    `reader` reads signals that were not asked for at the time; they must not be of the history, which is not kept. They
    are read of the events that are given and of a booking's own words about its places.
    """
    arrived: list[Arrived] = []
    for step in steps:
        if reader is not None:
            arrived.append(Arrived(_event.decode(step.event), step.seq))
        if step.signals is None:
            continue
        stored = _stored.decode(step.signals)
        signals = stored.signals
        if reader is not None and (state := fold_all(arrived)) is not None:
            signals = {**reader.read(Facts(state, step.at)), **signals}
        listed = tuple((name, band) for _, name, band in stored.listed)
        yield Past(step.operator_id, step.booking_id, step.at, signals, listed)
