"""Every signal by name, and reading them all of one booking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

from risk_scorer.facts import Facts
from risk_scorer.links import NONE, Links
from risk_scorer.policy.compile import Value
from risk_scorer.signals import destination, item, lifecycle, links, parties, payment, premises, route, text, timing
from risk_scorer.signals.signal import Signal

_ROOMS = (item, premises, destination, parties, payment, timing, route, text, links, lifecycle)

#: Every signal, in the order of the rooms.
SIGNALS: dict[str, Signal] = {signal.name: signal for room in _ROOMS for signal in room.room.signals}
#: What the ruleset is checked against.
TYPES: dict[str, type] = {name: signal.kind for name, signal in SIGNALS.items()}

_ANY = Links.__struct_fields__[0]


class Reader:
    """Reads a choice of signals, in one order always. Signals that only say of what the text speaks, or what the
    history counted, are not asked one by one: most texts speak of nothing, and most bookings met nobody."""

    def __init__(self, names: Iterable[str] = tuple(SIGNALS)) -> None:
        self._unspoken: dict[str, Value] = {}
        self._by_topic: dict[str, list[str]] = {}
        self._names: list[str] = []
        self._readers: list[Callable[[Facts], Value]] = []
        counts: list[tuple[str, str]] = []
        for name in names:
            signal = SIGNALS[name]
            self._unspoken[name] = False
            for topic in signal.topics:
                self._by_topic.setdefault(topic, []).append(name)
            if signal.count:
                self._unspoken[name] = 0
                counts.append((name, signal.count))
            elif not signal.topics:
                self._names.append(name)
                self._readers.append(signal.read)
        self._counted = tuple(name for name, _ in counts)
        # All at once: of one count alone the getter would give no tuple, so one is always asked for beside them.
        self._counts: Callable[[Links], tuple[int, ...]] = attrgetter(*(count for _, count in counts), _ANY, _ANY)

    def read(self, facts: Facts) -> dict[str, Value]:
        """The values; what is not known is as `policy.compile.UNKNOWN` says."""
        values = self._unspoken.copy()
        for topic in facts.text.topics():
            for name in self._by_topic.get(topic, ()):
                values[name] = True
        if facts.links is not NONE:
            values.update(zip(self._counted, self._counts(facts.links), strict=False))
        values.update(zip(self._names, [read(facts) for read in self._readers], strict=True))
        return values


_WHOLE = Reader()


def read_signals(facts: Facts) -> dict[str, Value]:
    """The value of every signal."""
    return _WHOLE.read(facts)


def evidence_of(names: Iterable[str], facts: Facts) -> list[str]:
    """The words for those of `names` that hold, each once: fields and links, never what stands in them."""
    said: dict[str, None] = {}
    for name in names:
        signal = SIGNALS[name]
        value = signal.read(facts)
        if value and value == value and value != "unknown":
            said.update(dict.fromkeys(signal.evidence(facts, value)))
    return list(said)
