"""A ruleset to one CEL program: checked against the signals' types, evaluated in a single call.

A signal that is not known is `False`, `"unknown"`, `0` (a count of what was seen) or not-a-number (a measure), and
every comparison with not-a-number is false: so a rule does not fire on a value that is not there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from cel_expr_python import cel

from pickup_contracts.assessment import DECISIONS, Decision, Pattern, Reason, rank
from risk_scorer.errors import Fault, RulesetFault
from risk_scorer.policy.ruleset import Bands, Positions, Rule, Ruleset, band, read

Value = bool | int | float | str
#: What a signal is before anything is known.
UNKNOWN: dict[type, Value] = {bool: False, int: 0, float: float("nan"), str: "unknown"}

_CEL_TYPES = {bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE, str: cel.Type.STRING}
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_NAMES = re.compile(r"\b[a-z][a-z0-9_]*\b")
_STRINGS = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBER_CLASH = re.compile(r"\(double, int\)|\(int, double\)")


#: Verdicts kept by the values that led to them; a few hundred bytes each.
_REMEMBERED = 20_000


class Verdict:
    """What a ruleset makes of one booking's signals: the rules that fired, in no order yet. Not to be changed: it is
    shared by all bookings with the same values."""

    __slots__ = ("decision", "fired", "pattern", "score", "shadow")

    def __init__(
        self, score: int, decision: Decision, pattern: Pattern, fired: list[CompiledRule], shadow: list[CompiledRule]
    ) -> None:
        self.score = score
        self.decision = decision
        self.pattern = pattern
        self.fired = fired
        self.shadow = shadow


class CompiledRule:
    """A rule, and the signals that its condition reads (for its evidence)."""

    __slots__ = ("rule", "signals")

    def __init__(self, rule: Rule, signals: tuple[str, ...]) -> None:
        self.rule = rule
        self.signals = signals


class Program:
    """A checked ruleset, ready to be evaluated. Not bound to a thread; holds no state between calls."""

    def __init__(self, ruleset: Ruleset, rules: list[CompiledRule], expression: Any) -> None:
        self.ruleset = ruleset
        self._rules = rules
        self._expression = expression
        self._lowest = _lowest_scores(ruleset.bands)
        self._verdicts: dict[tuple[Value, ...], Verdict] = {}
        #: The signals that any rule reads, in order; nothing else has to be read for a verdict.
        self.signals = tuple(dict.fromkeys(name for compiled in rules for name in compiled.signals))
        self._bounds = [
            (place, bounds) for place, name in enumerate(self.signals) if (bounds := _bounds(name, ruleset)) is not None
        ]

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        return tuple(self._rules)

    def evaluate(self, signals: Mapping[str, Value]) -> Verdict:
        """The verdict on one booking. `signals` holds a value for every one of `self.signals`; more does no harm."""
        # Ordinary bookings are alike: most have the same values as one before, and the same values the same verdict.
        values = [signals[name] for name in self.signals]
        for place, bounds in self._bounds:
            count = values[place]
            # Where a count stands among the numbers that it is compared with; of an equal one, that it is equal.
            above = bisect_left(bounds, count)
            values[place] = 2 * above + (above < len(bounds) and bounds[above] == count)
        key = tuple(values)
        known = self._verdicts.get(key)
        if known is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            known = self._verdicts[key] = self._decide(signals)
        return known

    def _decide(self, signals: Mapping[str, Value]) -> Verdict:
        hits: list[bool] = self._expression.eval(data={name: signals[name] for name in self.signals}).plain_value()
        fired: list[CompiledRule] = []
        shadow: list[CompiledRule] = []
        for hit, compiled in zip(hits, self._rules, strict=True):
            if hit:
                (shadow if compiled.rule.shadow else fired).append(compiled)
        return self._judge(fired, shadow)

    def _judge(self, fired: list[CompiledRule], shadow: list[CompiledRule]) -> Verdict:
        score = max(0, min(100, sum(compiled.rule.points for compiled in fired)))
        floor = ceiling = None
        for compiled in fired:
            rule = compiled.rule
            if rule.band_floor is not None and (floor is None or rank(rule.band_floor) > rank(floor)):
                floor = rule.band_floor
            if rule.band_ceiling is not None and (ceiling is None or rank(rule.band_ceiling) < rank(ceiling)):
                ceiling = rule.band_ceiling
        if ceiling is not None:
            score = min(score, self._highest(ceiling))
        if floor is not None:
            score = max(score, self._lowest[floor])
        return Verdict(score, band(score, self.ruleset.bands), _pattern(fired), fired, shadow)

    def _highest(self, decision: Decision) -> int:
        above = rank(decision) + 1
        return 100 if above >= len(DECISIONS) else self._lowest[DECISIONS[above]] - 1


def load(text: str, signals: Mapping[str, type], *, source: str = "ruleset") -> Program:
    """Read, check and compile a ruleset; its examples are run.

    Raises:
        RulesetFault: with the line and column of every fault; nothing half-checked is returned.
    """
    ruleset, positions = read(text, source=source)
    environment = cel.NewEnv(variables={name: _CEL_TYPES[kind] for name, kind in signals.items()})
    faults: list[Fault] = []
    rules: list[CompiledRule] = []
    for index, rule in enumerate(ruleset.rules):
        faults += _check(environment, rule, positions, index)
        used = dict.fromkeys(_NAMES.findall(_STRINGS.sub("", rule.when)))
        rules.append(CompiledRule(rule, tuple(name for name in used if name in signals)))
    if faults:
        raise RulesetFault(source, faults)
    joined = ",\n".join(f"({rule.when})" for rule in ruleset.rules)
    program = Program(ruleset, rules, environment.compile(f"[{joined}]"))
    faults = list(_run_examples(program, signals, positions))
    if faults:
        raise RulesetFault(source, faults)
    return program


def unknown_signals(signals: Mapping[str, type]) -> dict[str, Value]:
    """Every signal as it is when nothing is known."""
    return {name: UNKNOWN[kind] for name, kind in signals.items()}


def reasons(verdict: Verdict, evidence: Mapping[str, list[str]]) -> list[Reason]:
    """The reasons of a verdict, strongest first; `evidence` gives the words for each rule."""
    ordered = sorted(verdict.fired, key=lambda compiled: (-_weight(compiled.rule), compiled.rule.id))
    return [
        Reason(compiled.rule.id, compiled.rule.title, compiled.rule.points, evidence.get(compiled.rule.id, []))
        for compiled in ordered
    ]


def _bounds(name: str, ruleset: Ruleset) -> list[int] | None:
    """The whole numbers that a count is compared with, sorted; `None` when it is used in any other way."""
    bounds: set[int] = set()
    for rule in ruleset.rules:
        used = len(re.findall(rf"\b{name}\b", rule.when))
        compared = re.findall(rf"\b{name}\s*(?:>=|<=|==|!=|>|<)\s*(\d+)(?![\d.])(?!\s*[-+*/%])", rule.when)
        behind = re.findall(rf"[-+*/%]\s*{name}\b", rule.when)
        if used != len(compared) or behind:
            return None
        bounds.update(map(int, compared))
    return sorted(bounds) or None


def _weight(rule: Rule) -> int:
    return rule.points + (100 * rank(rule.band_floor) if rule.band_floor is not None else 0)


def _pattern(fired: list[CompiledRule]) -> Pattern:
    """The shape that most of the raising weight speaks for."""
    weight: dict[Pattern, int] = {}
    for compiled in fired:
        rule = compiled.rule
        if rule.pattern is not None and _weight(rule) >= 0:
            weight[rule.pattern] = weight.get(rule.pattern, 0) + _weight(rule) + 1
    return max(weight, key=lambda pattern: weight[pattern]) if weight else "none"


def _lowest_scores(bands: Bands) -> dict[Decision, int]:
    return {"allow": 0, "review": bands.review, "warn": bands.warn, "hold_recommended": bands.hold_recommended}


def _check(environment: Any, rule: Rule, positions: Positions, index: int) -> list[Fault]:
    path = ("rules", index, "when")
    try:
        kind = environment.compile(rule.when).return_type().name().lower()
    except RuntimeError as error:
        return [_fault(positions, path, rule, line) for line in str(error).splitlines() if _PLACE.search(line)]
    if kind != "bool":
        return [positions.fault(path, f"{rule.id}: must be true or false, is {kind}")]
    return []


def _fault(positions: Positions, path: tuple[object, ...], rule: Rule, line: str) -> Fault:
    place = _PLACE.search(line)
    assert place is not None
    message = place[3].replace(" (in container '')", "").replace("undeclared reference to", "no such signal:")
    if _NUMBER_CLASH.search(message):
        message += " (this signal is a measure: write numbers with a decimal point, as in 3.0)"
    found = positions.fault(path, f"{rule.id}: {message}", offset=max(0, int(place[2]) - 1))
    return Fault(found.line + max(0, int(place[1]) - 1), found.column, found.message)


def _run_examples(program: Program, signals: Mapping[str, type], positions: Positions) -> list[Fault]:
    faults: list[Fault] = []
    for index, compiled in enumerate(program.rules):
        for number, example in enumerate(compiled.rule.examples):
            path = ("rules", index, "examples", number)
            strangers = [name for name in example.signals if name not in signals]
            if strangers:
                faults.append(positions.fault(path, f"{compiled.rule.id}: no such signal: {strangers[0]!r}"))
                continue
            verdict = program.evaluate({**unknown_signals(signals), **_typed(example.signals, signals)})
            fired = compiled in verdict.fired or compiled in verdict.shadow
            if fired != example.fires:
                word = "does not fire" if example.fires else "fires"
                faults.append(positions.fault(path, f"{compiled.rule.id}: {word} on this example"))
    return faults


def _typed(given: Mapping[str, Value], signals: Mapping[str, type]) -> dict[str, Value]:
    """YAML's whole numbers as measures where the signal is one."""
    return {name: float(value) if signals[name] is float else value for name, value in given.items()}
