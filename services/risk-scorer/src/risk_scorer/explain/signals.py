"""The signals of one assessment as they were stored, each with where its value came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct

from risk_scorer.facts import Facts
from risk_scorer.policy.values import Value, says_something
from risk_scorer.signals.catalogue import SIGNALS, Reader
from risk_scorer.signals.links import WORDS
from risk_scorer.signals.signal import Signal

Origin = Literal["booking", "free text", "places", "course", "history", "outcome", "not known"]
_PLACES = ("pickup", "dropoff", "via", "pickup.address", "dropoff.address", "pickup.premises", "dropoff.premises")


class Shown(Struct, frozen=True):
    """One signal that was known. `source` names fields and links, never what stands in them."""

    name: str
    value: Value
    origin: Origin
    source: str
    meaning: str


def shown(stored: Mapping[str, Value], facts: Facts | None) -> list[Shown]:
    """The stored signals in the catalogue's order. With the booking at hand the source is where it was seen there; what
    was seen in the history says so in words."""
    made = []
    for name, signal in SIGNALS.items():
        if name in stored:
            value = stored[name]
            made.append(Shown(name, value, origin(signal), _source(signal, value, facts), signal.meaning))
    strangers = (name for name in stored if name not in SIGNALS)
    return made + [Shown(name, stored[name], "not known", "no signal of this version", "") for name in strangers]


def origin(signal: Signal) -> Origin:
    """What kind of thing a signal is read from."""
    source = signal.source
    if signal.source == "history":
        return "history"
    if source == "free text":
        return "free text"
    if "outcome" in source:
        return "outcome"
    if source == "course of the booking":
        return "course"
    return "places" if any(field in _PLACES for field in source.split(", ")) else "booking"


def unknown(stored: Mapping[str, Value], asked: Collection[str]) -> list[str]:
    """Of the signals that were asked for, those that were not known: no, none, or nobody said."""
    return [name for name in SIGNALS if name in asked and name not in stored]


def read_otherwise(stored: Mapping[str, Value], facts: Facts, asked: Collection[str]) -> list[str]:
    """Of the signals that were asked for and depend on the booking alone, those that read otherwise now than they were
    stored: what is stored was changed, or this version reads bookings in another way."""
    alone = [name for name, signal in SIGNALS.items() if name in asked and origin(signal) not in ("history", "outcome")]
    now = Reader(alone).read(facts)
    return [name for name in alone if (now[name] if says_something(now[name]) else None) != stored.get(name)]


def _source(signal: Signal, value: Value, facts: Facts | None) -> str:
    if signal.name in WORDS:
        # The count stands beside it.
        words = WORDS[signal.name].removeprefix("{n} ")
        return words.format(n=value)
    if signal.source == "free text" and facts is not None:
        return ", ".join(signal.evidence(facts, value)) or signal.source
    return signal.source
