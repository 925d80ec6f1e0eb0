"""Named parts of conditions: a ruleset's `terms`, put in where its rules speak of them.

A term is a condition with a name, as a signal has one. It may read signals and terms that stand before it, so none can
come back to itself. What is evaluated holds signals alone: guards, hearing and the trial of unknowns see through it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pickup_runtime.yaml_places import Path
from risk_scorer.policy.guards import mentions, names_in, plain, uncommented, understood
from risk_scorer.policy.ruleset import Ruleset

#: What the language keeps for itself, or calls its functions and types (CEL specification, "Syntax", "Functions").
_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
    | {"all", "bool", "bytes", "contains", "double", "duration", "dyn", "exists", "filter", "has", "int", "list", "map"}
    | {"matches", "max", "min", "size", "string", "timestamp", "type", "uint"}
)
#: Longer than any condition that somebody could read: terms of terms of terms.
_LONGEST = 20_000


class Terms:
    """The terms of a ruleset, each as a condition over signals alone."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._conditions: dict[str, str] = {}
        self._further: dict[str, set[str]] = {}
        for term in ruleset.terms:
            self._further[term.name] = self.spoken_of(term.when)
            self._conditions[term.name] = self.put_in(term.when)

    def spoken_of(self, condition: str) -> set[str]:
        """The terms that a condition speaks of, and those that they speak of in their turn."""
        direct = self._conditions.keys() & set(names_in(condition))
        return direct.union(*(self._further[name] for name in direct))

    def put_in(self, condition: str) -> str:
        """The condition with every term that it speaks of in brackets in its place, and with what those say."""
        if not any(name in self._conditions for name in names_in(condition)):
            return condition
        names = re.compile(rf"\b({'|'.join(self._conditions)})\b")
        # Comments end with their line: put into the middle of one, a term's own would hide what follows it.
        return _replaced(names, uncommented(condition), self._conditions)


def faults(ruleset: Ruleset, signals: Collection[str]) -> Iterator[tuple[Path, str]]:
    """What is wrong with the names of terms and where they are used, each with its place in the document."""
    yield from _misnamed(ruleset, signals)
    yield from _misused(ruleset)


def _misnamed(ruleset: Ruleset, signals: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Names that mean something else already, and terms that are spoken of before they stand there."""
    every = {term.name for term in ruleset.terms}
    before: set[str] = set()
    for index, term in enumerate(ruleset.terms):
        place = ("terms", index)
        if term.name in signals or term.name in _RESERVED:
            what = "a signal" if term.name in signals else "a word of CEL"
            yield (*place, "name"), f"{term.name} is the name of {what}: call the term otherwise"
        elif term.name in before:
            yield (*place, "name"), f"another term is already called {term.name}"
        for name in names_in(term.when):
            if name in every and name not in before:
                yield (*place, "when"), f"{term.name}: {name} does not stand before it"
        before.add(term.name)


def _misused(ruleset: Ruleset) -> Iterator[tuple[Path, str]]:
    """Conditions that terms make too long, or that can't speak of any; and terms that none speaks of."""
    every = {term.name for term in ruleset.terms}
    conditions: list[tuple[Path, str, str]] = [
        *((("terms", index, "when"), term.name, term.when) for index, term in enumerate(ruleset.terms)),
        *((("rules", index, "when"), rule.id, rule.when) for index, rule in enumerate(ruleset.rules)),
    ]
    used: set[str] = set()
    lengths: dict[str, int] = {}
    for path, name, condition in conditions:
        spoken_of = every.intersection(names_in(condition))
        used |= spoken_of
        length = _length(condition, lengths)
        if path[0] == "terms":
            lengths[name] = length
        if length > _LONGEST:
            yield path, f"{name}: is {length:,} characters long with its terms put in; {_LONGEST:,} are the most"
        if spoken_of and not understood(condition):
            yield path, f"{name}: has a backslash or three quotes in it, and so can't speak of {min(spoken_of)}"
    for index, term in enumerate(ruleset.terms):
        if term.name not in used:
            yield ("terms", index), f"{term.name}: nothing speaks of it"


def _length(condition: str, terms: Mapping[str, int]) -> int:
    """How long a condition gets with terms of these lengths put in."""
    return len(condition) + sum(terms.get(name, 0) for name in mentions(condition))


def _replaced(names: re.Pattern[str], condition: str, by: dict[str, str]) -> str:
    """What stands outside strings replaced."""
    parts: list[str] = []
    end = 0
    for found in names.finditer(plain(condition)):
        parts += [condition[end : found.start()], f"({by[found[0]]})"]
        end = found.end()
    return "".join([*parts, condition[end:]])
