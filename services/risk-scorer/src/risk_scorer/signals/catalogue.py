"""Every signal by name, and reading them all of one booking."""

from __future__ import annotations

from collections.abc import Iterable

from risk_scorer.facts import Facts
from risk_scorer.policy.compile import Value
from risk_scorer.signals import destination, item, lifecycle, links, parties, payment, premises, route, text, timing
from risk_scorer.signals.signal import Signal

_ROOMS = (item, premises, destination, parties, payment, timing, route, text, links, lifecycle)

#: Every signal, in the order of the rooms.
SIGNALS: dict[str, Signal] = {signal.name: signal for room in _ROOMS for signal in room.room.signals}
#: What the ruleset is checked against.
TYPES: dict[str, type] = {name: signal.kind for name, signal in SIGNALS.items()}


def read_signals(facts: Facts, names: Iterable[str] = tuple(SIGNALS)) -> dict[str, Value]:
    """The values of `names`, or of every signal; what is not known is as `policy.compile.UNKNOWN` says."""
    return {name: SIGNALS[name].read(facts) for name in names}


def evidence_of(names: Iterable[str], facts: Facts) -> list[str]:
    """The words for those of `names` that hold, each once: fields and links, never what stands in them."""
    said: dict[str, None] = {}
    for name in names:
        signal = SIGNALS[name]
        value = signal.read(facts)
        if value and value == value and value != "unknown":
            said.update(dict.fromkeys(signal.evidence(facts, value)))
    return list(said)
