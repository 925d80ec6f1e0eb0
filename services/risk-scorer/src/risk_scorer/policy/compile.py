"""A ruleset to CEL conditions, checked against the signals' types; of a booking those are asked that could be true.

A signal that is not known is `False`, `"unknown"`, `0` (a count of what was seen) or not-a-number (a measure), and
every comparison with not-a-number is false (`!=`, which would be true, is refused): so a rule does not fire on a value
that is not there. What rules make of the unknown is tried when they are loaded (`unknowns`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cel_expr_python import cel

from pickup_contracts.assessment import rank
from pickup_runtime.yaml_places import Path
from risk_scorer.errors import Fault, RulesetFault
from risk_scorer.policy import terms, unknowns
from risk_scorer.policy.guards import Watch, names_in
from risk_scorer.policy.hearing import Hearing
from risk_scorer.policy.ruleset import Positions, Ruleset, read
from risk_scorer.policy.terms import Terms
from risk_scorer.policy.values import UNKNOWN, Value
from risk_scorer.policy.verdict import CompiledRule, Scale, Verdict, judge, reasons

__all__ = ["UNKNOWN", "CompiledRule", "Program", "Value", "Verdict", "load", "reasons", "unknown_signals"]

_CEL_TYPES = {bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE, str: cel.Type.STRING}
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_NUMBER_CLASH = re.compile(r"\(double, int\)|\(int, double\)")


#: Verdicts kept by the values that led to them; a few hundred bytes each.
_REMEMBERED = 20_000


class Program:
    """A checked ruleset, ready to be evaluated. Not bound to a thread; holds no state between calls."""

    def __init__(
        self, ruleset: Ruleset, rules: list[CompiledRule], conditions: list[Any], watch: Watch, hearing: Hearing
    ) -> None:
        self.ruleset = ruleset
        self.hearing = hearing
        self._rules = rules
        self._conditions = conditions
        self._watch = watch
        self.scale = Scale(ruleset.bands)
        self._verdicts: dict[tuple[Value, ...], Verdict] = {}
        #: The signals that any rule reads, in order; nothing else has to be read for a verdict.
        self.signals = tuple(dict.fromkeys(name for compiled in rules for name in compiled.signals))
        self._bounds = [
            (place, bounds, _among(bounds, 0))
            for place, name in enumerate(self.signals)
            if (bounds := _bounds(name, rules)) is not None
        ]

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        return tuple(self._rules)

    def evaluate(self, signals: Mapping[str, Value]) -> Verdict:
        """The verdict on one booking. `signals` holds a value for every one of `self.signals`; more does no harm."""
        # Ordinary bookings are alike: most have the same values as one before, and the same values the same verdict.
        values = [signals[name] for name in self.signals]
        for place, bounds, none in self._bounds:
            # Most counts are 0.
            values[place] = _among(bounds, count) if (count := values[place]) else none
        key = tuple(values)
        known = self._verdicts.get(key)
        if known is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            known = self._verdicts[key] = self._decide(signals)
        return known

    def evaluate_without(self, signals: Mapping[str, Value], names: Collection[str]) -> Verdict:
        """The verdict as it would be if nothing were known of the signals of these names."""
        unknown = {name: UNKNOWN[type(value)] for name in names if (value := signals.get(name))}
        return self.evaluate({**signals, **unknown} if unknown else signals)

    def _decide(self, signals: Mapping[str, Value]) -> Verdict:
        fired: list[CompiledRule] = []
        shadow: list[CompiledRule] = []
        for place in self._watch.awake(signals):
            compiled = self._rules[place]
            # Handing values over costs more than the condition itself: each gets those that it reads.
            if self._conditions[place].eval(data={name: signals[name] for name in compiled.signals}).plain_value():
                (shadow if compiled.rule.shadow else fired).append(compiled)
        return judge(fired, shadow, self.scale)


def load(
    text: str,
    signals: Mapping[str, type],
    *,
    together: Collection[str] | None = None,
    tells: Mapping[str, int] | None = None,
    source: str = "ruleset",
) -> Program:
    """Read, check and compile a ruleset; its examples are run. `together` are signals that are known all or none;
    with it, rules that lower are tried for what they make of the unknown (`unknowns`). `tells` says which kinds of news
    raise which signal (`hearing`).

    Raises:
        RulesetFault: with the line and column of every fault; nothing half-checked is returned.
    """
    ruleset, positions = read(text, source=source)
    types = {name: _CEL_TYPES[kind] for name, kind in signals.items()}
    environment = cel.NewEnv(variables=types)
    faults = [positions.fault(path, message) for path, message in terms.faults(ruleset, signals)]
    if faults:
        raise RulesetFault(source, faults)
    named = Terms(ruleset)
    as_written = cel.NewEnv(variables={**types, **{term.name: cel.Type.BOOL for term in ruleset.terms}})
    for index, term in enumerate(ruleset.terms):
        faults += _compile(as_written, term.name, term.when, positions, ("terms", index, "when"))[1]
    terms_hold = not faults
    rules: list[CompiledRule] = []
    conditions: list[Any] = []
    for index, rule in enumerate(ruleset.rules):
        when = named.put_in(rule.when)
        read_by = tuple(name for name in names_in(when) if name in signals)
        rules.append(CompiledRule(rule, when, read_by))
        # As it is written, so that a fault is found at its place; and with its terms put in, once nothing is wrong.
        expression, wrong = _compile(as_written, rule.id, rule.when, positions, ("rules", index, "when"))
        faults += wrong
        if expression is not None and when != rule.when:
            expression, wrong = (
                _compile(environment, rule.id, when, positions, ("rules", index, "when")) if terms_hold else (None, [])
            )
            faults += wrong
        if expression is not None:
            conditions.append(expression)
            condition = partial(_holds, expression)
            places = {name: signals[name] for name in read_by}
            faults += [
                positions.fault(("rules", index, "when"), message)
                for message in unknowns.judge(rule, when, condition, places, together)
            ]
    if faults:
        raise RulesetFault(source, faults)
    program = Program(
        ruleset,
        rules,
        conditions,
        Watch([compiled.condition for compiled in rules], signals),
        Hearing(rules, signals, tells, environment.compile),
    )
    faults = list(_run_examples(program, signals, positions))
    if faults:
        raise RulesetFault(source, faults)
    return program


def unknown_signals(signals: Mapping[str, type]) -> dict[str, Value]:
    """Every signal as it is when nothing is known."""
    return {name: UNKNOWN[kind] for name, kind in signals.items()}


def _among(bounds: list[int], count: Any) -> int:
    """Where a count stands among the numbers that it is compared with; of an equal one, that it is equal."""
    above = bisect_left(bounds, count)
    return 2 * above + (above < len(bounds) and bounds[above] == count)


def _bounds(name: str, rules: Sequence[CompiledRule]) -> list[int] | None:
    """The whole numbers that a count is compared with, sorted; `None` when it is used in any other way."""
    bounds: set[int] = set()
    for when in (rule.condition for rule in rules):
        used = len(re.findall(rf"\b{name}\b", when))
        compared = re.findall(rf"\b{name}\s*(?:>=|<=|==|!=|>|<)\s*(\d+)(?![\d.])(?!\s*[-+*/%])", when)
        behind = re.findall(rf"[-+*/%]\s*{name}\b", when)
        if used != len(compared) or behind:
            return None
        bounds.update(map(int, compared))
    return sorted(bounds) or None


def _compile(environment: Any, name: str, when: str, positions: Positions, path: Path) -> tuple[Any, list[Fault]]:
    """The condition of a rule or term, or `None` and what is wrong with it."""
    try:
        expression = environment.compile(when)
    except RuntimeError as error:
        faults = [_fault(positions, path, name, when, line) for line in str(error).splitlines() if _PLACE.search(line)]
        return None, faults or [positions.fault(path, f"{name}: {str(error).splitlines()[0]}")]
    kind = expression.return_type().name().lower()
    if kind != "bool":
        return None, [positions.fault(path, f"{name}: must be true or false, is {kind}")]
    return expression, []


def _holds(expression: Any, values: Mapping[str, Value]) -> bool:
    return bool(expression.eval(data=dict(values)).plain_value())


def _fault(positions: Positions, path: Path, name: str, when: str, line: str) -> Fault:
    place = _PLACE.search(line)
    assert place is not None
    message = place[3].replace(" (in container '')", "").replace("undeclared reference to", "no such signal:")
    if _NUMBER_CLASH.search(message):
        message += " (this signal is a measure: write numbers with a decimal point, as in 3.0)"
    lines = when.split("\n")[: int(place[1]) - 1]
    offset = sum(len(line) + 1 for line in lines) + max(0, int(place[2]) - 1)
    return positions.within(path, when, offset, f"{name}: {message}")


def _run_examples(program: Program, signals: Mapping[str, type], positions: Positions) -> Iterator[Fault]:
    """Every rule's own examples, then those of the whole ruleset."""
    for index, compiled in enumerate(program.rules):
        for number, example in enumerate(compiled.rule.examples):
            path: tuple[object, ...] = ("rules", index, "examples", number)
            if (stranger := _stranger(example.signals, signals)) is not None:
                yield positions.fault(path, f"{compiled.rule.id}: no such signal: {stranger!r}")
                continue
            verdict = program.evaluate({**unknown_signals(signals), **_typed(example.signals, signals)})
            fired = compiled in verdict.fired or compiled in verdict.shadow
            if fired != example.fires:
                word = "does not fire" if example.fires else "fires"
                yield positions.fault(path, f"{compiled.rule.id}: {word} on this example")
    for number, scenario in enumerate(program.ruleset.examples):
        path = ("examples", number)
        if (stranger := _stranger(scenario.signals, signals)) is not None:
            yield positions.fault(path, f"{scenario.title}: no such signal: {stranger!r}")
            continue
        decision = program.evaluate({**unknown_signals(signals), **_typed(scenario.signals, signals)}).decision
        if scenario.at_least is not None and rank(decision) < rank(scenario.at_least):
            yield positions.fault(path, f"{scenario.title}: is {decision}, expected at least {scenario.at_least}")
        if scenario.at_most is not None and rank(decision) > rank(scenario.at_most):
            yield positions.fault(path, f"{scenario.title}: is {decision}, expected at most {scenario.at_most}")


def _stranger(given: Mapping[str, Value], signals: Mapping[str, type]) -> str | None:
    """The first name that is no signal's."""
    return next((name for name in given if name not in signals), None)


def _typed(given: Mapping[str, Value], signals: Mapping[str, type]) -> dict[str, Value]:
    """YAML's whole numbers as measures where the signal is one."""
    return {name: float(value) if signals[name] is float else value for name, value in given.items()}
