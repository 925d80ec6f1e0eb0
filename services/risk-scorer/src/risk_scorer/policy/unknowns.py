"""What a rule makes of what is not known: no rule may fire on nothing, none that lowers may fire for want of knowledge.

A signal that is not known has a value of its own (`compile.UNKNOWN`), so a negation can be true of it: `!flagged`, or
`refusals == 0`. In a rule that raises that is right, since nothing is there that reassures. In one that lowers it would
reassure because nobody looked. So a lowering rule is tried with every combination of values that it can tell apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from risk_scorer.policy.ruleset import Rule
from risk_scorer.policy.values import UNKNOWN, Value

Condition = Callable[[Mapping[str, Value]], bool]

#: More combinations than this take too long to try while a worker compiles.
MOST = 4096
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_WORD = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def lowers(rule: Rule) -> bool:
    """Whether the rule takes points off or holds the decision down."""
    return rule.points < 0 or rule.band_ceiling is not None


def judge(
    rule: Rule, when: str, condition: Condition, used: Mapping[str, type], together: Collection[str] | None
) -> Iterator[str]:
    """What is wrong with a rule's way with the unknown, in sentences.

    `when` is its condition over signals alone, and `condition` asks it. `used` are the signals that it reads. Those of
    `together` come from one look at the history: they are known all or none. With `None` a lowering rule is not tried,
    only whether the rule fires on nothing at all.
    """
    nothing: dict[str, Value] = {name: UNKNOWN[kind] for name, kind in used.items()}
    if condition(nothing):
        yield f"{rule.id}: is true of a booking of which nothing is known: ask for something that is there"
        return
    for name, kind in used.items():
        if kind is float and re.search(rf"\b{name}\s*!=|!=\s*{name}\b", when):
            yield f"{rule.id}: {name} differs from everything when it is not known: ask for more or for less"
            return
    if together is None or not lowers(rule):
        return
    values = {name: _told_apart(when, kind) for name, kind in used.items()}
    if _product(values) > MOST:
        yield f"{rule.id}: lowers, and reads too much to be tried with every value: make two rules of it"
        return
    names = list(used)
    groups = [[name] for name in names if name not in together]
    groups += [group] if (group := [name for name in names if name in together]) else []
    fires = {
        _key(combination): condition(dict(zip(names, combination, strict=True)))
        for combination in itertools.product(*(values[name] for name in names))
    }
    for group in groups:
        if _fires_for_want_of(group, names, nothing, fires):
            yield (
                f"{rule.id}: lowers because {' and '.join(group)} {'is' if len(group) == 1 else 'are'} not known: "
                "ask for what is known instead of what is not"
            )


def _fires_for_want_of(
    group: list[str], names: list[str], nothing: Mapping[str, Value], fires: Mapping[tuple[object, ...], bool]
) -> bool:
    """Whether forgetting the signals of `group` ever makes the rule fire."""
    places = [names.index(name) for name in group]
    for combination, fired in fires.items():
        if fired:
            continue
        forgotten = list(combination)
        for place, name in zip(places, group, strict=True):
            forgotten[place] = _hashable(nothing[name])
        if fires[tuple(forgotten)]:
            return True
    return False


def _told_apart(when: str, kind: type) -> list[Value]:
    """Values of a signal of which the condition may think differently; the unknown one among them."""
    if kind is bool:
        return [False, True]
    if kind is str:
        words = {first or second for first, second in _WORD.findall(when)}
        return list(dict.fromkeys(["unknown", "something else", *sorted(words)]))
    numbers = sorted({float(number) for number in _NUMBER.findall(when)})
    around = {number + step for number in numbers for step in (-1, 0, 1)} | {0.0, 1.0}
    if kind is int:
        return sorted({int(number) for number in around if number >= 0})
    return [float("nan"), *sorted(around)]


def _product(values: Mapping[str, list[Value]]) -> int:
    product = 1
    for choices in values.values():
        product *= len(choices)
    return product


def _key(combination: tuple[Value, ...]) -> tuple[object, ...]:
    return tuple(map(_hashable, combination))


def _hashable(value: Value) -> object:
    """Not-a-number equals nothing, itself least; here it has to be found again."""
    return "nan" if value != value else value
