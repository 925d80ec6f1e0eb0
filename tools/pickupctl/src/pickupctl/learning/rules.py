"""How each rule did on what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from pickupctl.intervals import Share, effective
from pickupctl.learning.labels import Weighed
from risk_scorer.policy.ruleset import Rule

Direction = Literal["raises", "lowers"]
Flag = Literal[
    "never fired",
    "too few to say",
    "fires only on cleared",
    "lowers scams",
    "labels of one operator only",
    "not in the ruleset",
]
#: Below so many labelled bookings on which it fired, nothing is said of a rule.
FEW = 10


class RuleReport(Struct, frozen=True):
    """What became of the bookings on which a rule fired. Counts are bookings; `precision` is the share of scams among
    the labelled ones on which it fired, `recall` its share of all labelled scams, both with weights."""

    rule_id: str
    title: str
    direction: Direction
    shadow: bool
    confirmed: int
    suspected: int
    cleared: int
    unlabelled: int
    precision: Share
    recall: Share
    flags: tuple[Flag, ...]


def direction(rule: Rule) -> Direction:
    """Which way a rule is meant to move a decision."""
    if rule.points:
        return "raises" if rule.points > 0 else "lowers"
    return "raises" if rule.band_floor is not None else "lowers"


def rule_reports(rules: Sequence[Rule], weighed: Weighed, unlabelled: Mapping[str, int]) -> list[RuleReport]:
    """A report for every rule of the ruleset, and for each other one that fired. `unlabelled` counts, by rule, the
    bookings on which it fired and of which nothing was found."""
    known = {rule.id: rule for rule in rules}
    fired: dict[str, list[int]] = {rule.id: [] for rule in rules}
    for place, case in enumerate(weighed.cases):
        for rule_id in case.rules:
            fired.setdefault(rule_id, []).append(place)
    for rule_id in unlabelled:
        fired.setdefault(rule_id, [])
    scams = [place for place, case in enumerate(weighed.cases) if case.label.scam]
    return [
        _report(rule_id, known.get(rule_id), weighed, places, scams, unlabelled.get(rule_id, 0))
        for rule_id, places in fired.items()
    ]


def _report(
    rule_id: str, rule: Rule | None, weighed: Weighed, places: Sequence[int], scams: Sequence[int], unlabelled: int
) -> RuleReport:
    hits = [(weighed.cases[place], weighed.weights[place]) for place in places]
    caught = [weight for case, weight in hits if case.label.scam]
    spared = [weight for case, weight in hits if not case.label.scam]
    here = set(places)
    missed = [weighed.weights[place] for place in scams if place not in here]
    flags = _flags(rule, caught, spared, unlabelled, {case.operator_id for case, _ in hits})
    return RuleReport(
        rule_id=rule_id,
        title=rule.title if rule is not None else "",
        direction=direction(rule) if rule is not None else "raises",
        shadow=rule is not None and rule.shadow,
        confirmed=sum(case.label.scam and case.label.weight == 1.0 for case, _ in hits),
        suspected=sum(case.label.scam and case.label.weight < 1.0 for case, _ in hits),
        cleared=len(spared),
        unlabelled=unlabelled,
        precision=effective(caught, spared),
        recall=effective(caught, missed),
        flags=tuple(flags),
    )


def _flags(
    rule: Rule | None, caught: Sequence[float], spared: Sequence[float], unlabelled: int, by: set[str]
) -> Iterable[Flag]:
    labelled = len(caught) + len(spared)
    if rule is None:
        yield "not in the ruleset"
    if not labelled and not unlabelled:
        yield "never fired"
    elif labelled < FEW:
        yield "too few to say"
    elif rule is not None and direction(rule) == "raises" and not caught:
        yield "fires only on cleared"
    if rule is not None and direction(rule) == "lowers" and caught:
        yield "lowers scams"
    if labelled >= FEW and len(by) == 1:
        yield "labels of one operator only"
