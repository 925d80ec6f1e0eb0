"""From the rules that fired to a decision: points add up, a ceiling holds them down, a floor wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pickup_contracts.assessment import DECISIONS, Decision, Pattern, Reason, rank
from risk_scorer.policy.ruleset import Bands, Rule, band


class CompiledRule:
    """A rule, its condition over signals alone, and the signals that this reads (for its evidence)."""

    __slots__ = ("condition", "rule", "signals")

    def __init__(self, rule: Rule, condition: str, signals: tuple[str, ...]) -> None:
        self.rule = rule
        self.condition = condition
        self.signals = signals


class Verdict:
    """What a ruleset makes of one booking's signals: the rules that fired, in no order yet, and the highest floor
    among them. Not to be changed: it is shared by all bookings with the same values."""

    __slots__ = ("decision", "fired", "floor", "pattern", "score", "shadow")

    def __init__(
        self,
        score: int,
        decision: Decision,
        pattern: Pattern,
        fired: list[CompiledRule],
        shadow: list[CompiledRule],
        floor: Decision | None = None,
    ) -> None:
        self.score = score
        self.decision = decision
        self.pattern = pattern
        self.fired = fired
        self.shadow = shadow
        self.floor = floor


class Scale:
    """The bands as a scale of scores from 0 to 100."""

    def __init__(self, bands: Bands) -> None:
        self.bands = bands
        self._lowest: dict[Decision, int] = {
            "allow": 0,
            "review": bands.review,
            "warn": bands.warn,
            "hold_recommended": bands.hold_recommended,
        }

    def band(self, score: int) -> Decision:
        """The decision that a score stands for."""
        return band(score, self.bands)

    def at_least(self, score: int, decision: Decision) -> int:
        """The score, or the lowest of that band."""
        return max(score, self._lowest[decision])

    def at_most(self, score: int, decision: Decision) -> int:
        """The score, or the highest of that band."""
        above = rank(decision) + 1
        return score if above >= len(DECISIONS) else min(score, self._lowest[DECISIONS[above]] - 1)


def judge(fired: list[CompiledRule], shadow: list[CompiledRule], scale: Scale) -> Verdict:
    """The verdict of the rules that fired; those in shadow are only carried along."""
    score = max(0, min(100, sum(compiled.rule.points for compiled in fired)))
    floor = ceiling = None
    for compiled in fired:
        rule = compiled.rule
        if rule.band_floor is not None and (floor is None or rank(rule.band_floor) > rank(floor)):
            floor = rule.band_floor
        if rule.band_ceiling is not None and (ceiling is None or rank(rule.band_ceiling) < rank(ceiling)):
            ceiling = rule.band_ceiling
    if ceiling is not None:
        score = scale.at_most(score, ceiling)
    if floor is not None:
        score = scale.at_least(score, floor)
    return Verdict(score, scale.band(score), _pattern(fired), fired, shadow, floor)


def reasons(verdict: Verdict, evidence: Mapping[str, list[str]]) -> list[Reason]:
    """The reasons of a verdict, strongest first; `evidence` gives the words for each rule."""
    ordered = sorted(verdict.fired, key=lambda compiled: (-_weight(compiled.rule), compiled.rule.id))
    return [
        Reason(compiled.rule.id, compiled.rule.title, compiled.rule.points, evidence.get(compiled.rule.id, []))
        for compiled in ordered
    ]


def _weight(rule: Rule) -> int:
    return rule.points + (100 * rank(rule.band_floor) if rule.band_floor is not None else 0)


def _pattern(fired: Sequence[CompiledRule]) -> Pattern:
    """The shape that most of the raising weight speaks for."""
    weight: dict[Pattern, int] = {}
    for compiled in fired:
        rule = compiled.rule
        if rule.pattern is not None and _weight(rule) >= 0:
            weight[rule.pattern] = weight.get(rule.pattern, 0) + _weight(rule) + 1
    return max(weight, key=lambda pattern: weight[pattern]) if weight else "none"
