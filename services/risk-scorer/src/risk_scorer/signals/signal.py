"""A signal: one named, typed thing to be known of a booking, and the words that show where it was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from msgspec import Struct

from risk_scorer.facts import Facts
from risk_scorer.policy.compile import Value

V = TypeVar("V", bool, int, float, str)
Evidence = Callable[[Facts, Any], list[str]]


class Signal(Struct, frozen=True):
    """`kind` is the type that rules see: `bool`, `int` for a count, `float` for a measure, `str` for a word. `topics`
    are those of which the text has to speak, for a signal that is nothing more than that. `source` says where it is
    read from, whatever its value: fields, or `free text`, `history`, `outcome`, `course of the booking`. `count` is the
    count of the links that it shows, for a signal that is nothing more than that; `of` are those that it is made of."""

    name: str
    kind: type
    read: Callable[[Facts], Value]
    evidence: Evidence
    meaning: str
    topics: tuple[str, ...] = ()
    source: str = ""
    count: str = ""
    of: tuple[str, ...] = ()


class Room:
    """The signals of one module, in the order in which they are written."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []

    def signal(
        self, name: str, evidence: str = "", *, source: str = "", of: tuple[str, ...] = ()
    ) -> Callable[[Callable[[Facts], V]], Callable[[Facts], V]]:
        """Declare a signal. `evidence` names the fields it reads; `{n}` in it stands for a count's value. `source` is
        given where the evidence is a phrase and names no field, `of` where counts of the links are read."""

        def declare(read: Callable[[Facts], V]) -> Callable[[Facts], V]:
            kind = get_type_hints(read)["return"]
            meaning = (read.__doc__ or "").strip()
            self.signals.append(Signal(name, kind, read, words(evidence), meaning, source=source or evidence, of=of))
            return read

        return declare

    def topic(self, name: str, *topics: str, meaning: str, only: tuple[str, ...] | None = None) -> None:
        """Declare a signal that is true when free text speaks of one of `topics`; its evidence is the fields."""

        def read(facts: Facts) -> bool:
            # Most texts speak of nothing.
            if facts.text.topics().isdisjoint(topics):
                return False
            return any(facts.text.has(topic, fields=only) for topic in topics)

        def evidence(facts: Facts, _: object) -> list[str]:
            return sorted({field for topic in topics for field in facts.text.fields(topic)})

        plain = topics if only is None else ()
        source = "free text" if only is None else ", ".join(only)
        self.signals.append(Signal(name, bool, read, evidence, meaning, plain, source))


def words(template: str) -> Evidence:
    """Evidence in fixed words, with a count filled in."""

    def say(_: Facts, value: object) -> list[str]:
        return [template.format(n=value)] if template else []

    return say
