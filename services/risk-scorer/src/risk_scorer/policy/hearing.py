"""Which news could still matter to a booking: that of which a rule asks that is not ruled out by anything else.

Most bookings that share a firm's number or its door could not come to more by sharing it: no rule on such links is
meant for them. Of each rule that reads what other bookings tell, the parts of its condition that do not read it are
asked alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from risk_scorer.policy.guards import Watch, names_in, without
from risk_scorer.policy.values import Value
from risk_scorer.policy.verdict import CompiledRule

#: Every bit.
_EVERYTHING = -1
#: What is asked for is kept by the values that led to it.
_REMEMBERED = 20_000


class Hearing:
    """`tells` says of each signal of the history which kinds of news raise it, as bits; 0 where none does. Without it
    anything could matter to anybody. `compile` makes an expression of a condition."""

    def __init__(
        self,
        rules: Iterable[CompiledRule],
        signals: Mapping[str, type],
        tells: Mapping[str, int] | None,
        compile: Callable[[str], Any],
    ) -> None:
        kinds_of: dict[str, int] = {}
        if tells is None:
            kinds_of["true"] = _EVERYTHING
        else:
            for compiled in rules:
                kinds = reduce(or_, (tells.get(name, 0) for name in compiled.signals), 0)
                if kinds:
                    rest = without(compiled.condition, tells.keys())
                    kinds_of[rest] = kinds_of.get(rest, 0) | kinds
        self._kinds = list(kinds_of.values())
        self._rest = [compile(rest) for rest in kinds_of]
        self._reads = [tuple(name for name in names_in(rest) if name in signals) for rest in kinds_of]
        self._watch = Watch(list(kinds_of), signals)
        self._names = tuple(dict.fromkeys(name for names in self._reads for name in names))
        self._known: dict[tuple[Value, ...], int] = {}

    def of(self, signals: Mapping[str, Value]) -> int:
        """The kinds of news that could matter to a booking with these signals."""
        key = tuple([signals[name] for name in self._names])
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._ask(signals)
        return known

    def _ask(self, signals: Mapping[str, Value]) -> int:
        heard = 0
        for place in self._watch.awake(signals):
            kinds = self._kinds[place]
            if (
                heard | kinds != heard
                and self._rest[place].eval(data={name: signals[name] for name in self._reads[place]}).plain_value()
            ):
                heard |= kinds
        return heard
