"""What has to be there for a rule to be true, so that most rules need not be asked of most bookings.

Of a condition's parts that are joined by `&&`, each has to hold. A part that is a plain signal, or asks for more of a
count than nothing, can't hold while the signal is `false` or 0; a part of such joined by `||` can't while all of them
are. Those are a rule's guards. What is not understood here guards nothing, and the rule is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

from risk_scorer.policy.values import Value

#: Signals of which one at least has to say something.
Guard = frozenset[str]

#: A string or a comment, whichever begins first: there are quotes in comments, and slashes in strings.
_STRING_OR_COMMENT = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|//[^\n]*")
#: Strings that end elsewhere than at their first quote.
_OTHER_STRING = re.compile(r"\\|'''|\"\"\"")
_NAME = re.compile(r"\b[a-z][a-z0-9_]*\b")
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_COUNT = re.compile(r"([a-z][a-z0-9_]*)\s*(?:>\s*(\d+)|(?:>=|==)\s*([1-9]\d*))")


def guards(condition: str, signals: Mapping[str, type]) -> list[Guard]:
    """The guards of a condition; none when it may be true whatever is there."""
    if not understood(condition):
        return []
    blank = plain(condition)
    return [
        guard
        for begin, end in _conjuncts(blank, 0, len(blank))
        if (guard := _guard(blank[begin:end], signals)) is not None
    ]


def names_in(condition: str) -> Collection[str]:
    """The names that a condition speaks of, each once and in order."""
    return dict.fromkeys(mentions(condition))


def mentions(condition: str) -> list[str]:
    """The names that a condition speaks of, as often as it does."""
    return _NAME.findall(plain(condition) if understood(condition) else condition)


def understood(condition: str) -> bool:
    """Whether its strings end where they seem to; where not, nothing is taken for granted about it."""
    return not _OTHER_STRING.search(condition)


def plain(condition: str) -> str:
    """As long as the condition, with nothing in its strings and comments."""
    return _STRING_OR_COMMENT.sub(
        lambda found: " " * len(found[0]) if found[0].startswith("//") else "'" + " " * (len(found[0]) - 2) + "'",
        condition,
    )


def uncommented(condition: str) -> str:
    """As long as the condition, with nothing in its comments."""
    return _STRING_OR_COMMENT.sub(
        lambda found: " " * len(found[0]) if found[0].startswith("//") else found[0], condition
    )


def without(condition: str, apart: Set[str]) -> str:
    """What is left of a condition when its parts that read any signal of `apart` are left out: true of every booking
    of which the condition could be, whatever those are."""
    if not understood(condition):
        return "true"
    blank, said = plain(condition), uncommented(condition)
    kept = [
        said[begin:end].strip()
        for begin, end in _conjuncts(blank, 0, len(blank))
        if not apart & set(_NAME.findall(blank[begin:end]))
    ]
    return " && ".join(kept) or "true"


def _guard(part: str, signals: Mapping[str, type]) -> Guard | None:
    """The signals of which one has to be there for a part to hold; `None` when it can hold without."""
    inner = _unwrapped(part)
    if len(either := _parts(inner, "||")) > 1:
        of_each = [_guard(one, signals) for one in either]
        return frozenset().union(*(one for one in of_each if one is not None)) if None not in of_each else None
    if len(both := _parts(inner, "&&")) > 1:
        # Whichever is the narrowest: all of them have to hold.
        found = [guard for one in both if (guard := _guard(one, signals)) is not None]
        return min(found, key=len, default=None)
    if _PLAIN.fullmatch(inner) and signals.get(inner) is bool:
        return frozenset({inner})
    if (count := _COUNT.fullmatch(inner)) and signals.get(count[1]) is int:
        return frozenset({count[1]})
    return None


def _conjuncts(blank: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the parts of a condition stand that all have to hold, those within a part's own brackets too."""
    for part in _parts(blank[begin:end], "&&"):
        inner = _unwrapped(part)
        if len(_parts(inner, "&&")) > 1:
            at = begin + part.index(inner)
            yield from _conjuncts(blank, at, at + len(inner))
        else:
            yield begin, begin + len(part)
        begin += len(part) + len("&&")


def _unwrapped(part: str) -> str:
    """Without the brackets that hold the whole of it."""
    part = part.strip()
    while part.startswith("(") and _closes(part) == len(part) - 1:
        part = part[1:-1].strip()
    return part


def _closes(part: str) -> int:
    """Where the bracket that opens a part is closed."""
    depth = 0
    for place, letter in enumerate(part):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return place
    return -1


def _parts(condition: str, operator: str) -> list[str]:
    """A condition parted at an operator that stands outside brackets. `||` and `?` bind less than `&&`: a condition
    that has one of them outside brackets is not parted at `&&`."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(condition):
        depth += (letter in "([{") - (letter in ")]}")
        if depth:
            continue
        if letter == "?" or (operator == "&&" and condition.startswith("||", place)):
            return [condition]
        if condition.startswith(operator, place):
            parts.append(condition[begin:place])
            begin = place + len(operator)
    return [*parts, condition[begin:]]


class Watch:
    """Which of several rules could be true of a booking, by their conditions' guards."""

    def __init__(self, conditions: Sequence[str], signals: Mapping[str, type]) -> None:
        of_each = [guards(condition, signals) for condition in conditions]
        common = Counter(name for found in of_each for guard in found for name in guard)
        self._always: list[int] = []
        self._woken_by: dict[str, list[int]] = {}
        self._further: list[list[Guard]] = []
        for number, found in enumerate(of_each):
            # A rule is looked for by the guard that the fewest rules have: the others are looked at then.
            rarest = min(found, key=lambda guard: sum(common[name] for name in guard), default=None)
            self._further.append([guard for guard in found if guard is not rarest])
            if rarest is None:
                self._always.append(number)
            else:
                for name in rarest:
                    self._woken_by.setdefault(name, []).append(number)

    def awake(self, signals: Mapping[str, Value]) -> list[int]:
        """The places of the rules that could be true, in order."""
        woken = set(self._always)
        for name, numbers in self._woken_by.items():
            if signals[name]:
                woken.update(numbers)
        return sorted(
            number for number in woken if all(any(signals[name] for name in guard) for guard in self._further[number])
        )
