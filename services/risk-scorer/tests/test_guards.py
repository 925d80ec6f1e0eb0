"""A rule that is not asked could not have been true."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as some

from risk_scorer.policy import shipped
from risk_scorer.policy.compile import Program, Value, unknown_signals
from risk_scorer.policy.guards import guards, names_in, without
from risk_scorer.signals.catalogue import TYPES

SIGNALS: dict[str, type] = {"a": bool, "b": bool, "n": int, "m": int, "word": str, "far": float}
_KINDS = {bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE, str: cel.Type.STRING}
_VALUES: dict[str, tuple[Value, ...]] = {
    "a": (False, True),
    "b": (False, True),
    "n": (0, 1, 3),
    "m": (0, 2),
    "word": ("unknown", "yes"),
    "far": (float("nan"), 0.0, 9.5),
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a", [{"a"}]),
        ("a && b", [{"a"}, {"b"}]),
        ("(a) && (((b)))", [{"a"}, {"b"}]),
        ("a && (b || n > 0)", [{"a"}, {"b", "n"}]),
        ("n >= 2 && !b", [{"n"}]),
        ("n == 1", [{"n"}]),
        ("a || b", [{"a", "b"}]),
        ("a && b || n > 2", [{"a", "n"}]),
        ("a // only b would be wrong\n && b", [{"a"}, {"b"}]),
        ("a && word == 'x && y || z'", [{"a"}]),
        ("a // don't take this for a string\n || b && word == 'x'", [{"a", "b"}]),
        ("a && word == 'x // y' && b", [{"a"}, {"b"}]),
        ("a && word == 'it\\'s' && b", []),
        ("a && word == '''it's || b'''", []),
        ("!a", []),
        ("n >= 0 || a", []),
        ("n == 0", []),
        ("n < 2", []),
        ("word == 'yes'", []),
        ("far > 1.0 && a", [{"a"}]),
        ("a ? b : !b", []),
        ("a || !b", []),
    ],
)
def test_what_guards_a_condition(condition: str, expected: list[set[str]]) -> None:
    assert guards(condition, SIGNALS) == expected


ATOMS = some.sampled_from(
    (
        *("a", "b", "!a", "!b", "n > 0", "n >= 2", "n == 0", "n < 1", "m == 2", "m != 2", "n > m"),
        *("word == 'yes'", "word == '&& a ||'", "word != 'yes'", "far > 1.0", "far <= 0.5", "true", "false"),
    )
)


def _joined(inner: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    return some.one_of(
        some.tuples(inner, some.sampled_from([" && ", "||", "\n&& "]), inner).map("".join),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"!({one})"),
        some.tuples(inner, inner, inner).map(lambda three: "(({}) ? ({}) : ({}))".format(*three)),
        inner.map(lambda one: f"{one} // && b || a\n"),
        inner.map(lambda one: f"{one} // don't\n"),
    )


@cache
def _environment() -> Any:
    return cel.NewEnv(variables={name: _KINDS[kind] for name, kind in SIGNALS.items()})


@given(some.recursive(ATOMS, _joined, max_leaves=12))
def test_whatever_the_condition_it_is_never_true_against_its_guards(condition: str) -> None:
    expression = _environment().compile(condition)
    found = guards(condition, SIGNALS)
    for values in itertools.product(*_VALUES.values()):
        signals = dict(zip(_VALUES, values, strict=True))
        if expression.eval(data=signals).plain_value():
            assert all(any(signals[name] for name in guard) for guard in found), signals


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a && n > 0", "a"),
        ("n > 0", "true"),
        ("a && (b || n > 0) && word == 'n && m'", "a && word == 'n && m'"),
        ("a // of n, don't look\n && b && m == 2", "a && b"),
        ("a && n > 0 || b", "true"),
        ("a ? n > 0 : b", "true"),
        ("a && (b && n > 0)", "a && b"),
        ("((a || b) && n > 0) && (c || b)", "(a || b) && (c || b)"),
        ("a && word == 'it\\'s'", "true"),
    ],
)
def test_what_is_left_without_the_counts(condition: str, expected: str) -> None:
    assert without(condition, {"n", "m"}) == expected


@given(some.recursive(ATOMS, _joined, max_leaves=12))
def test_without_the_counts_a_condition_is_true_of_more(condition: str) -> None:
    whole, rest = _environment().compile(condition), _environment().compile(without(condition, {"n", "m"}))
    for values in itertools.product(*_VALUES.values()):
        signals = dict(zip(_VALUES, values, strict=True))
        if whole.eval(data=signals).plain_value():
            assert rest.eval(data=signals).plain_value(), signals


def test_names_stand_outside_strings_and_comments() -> None:
    assert list(names_in("a && word == 'b' // n, don't\n && m == 2 && a")) == ["a", "word", "m"]
    assert {"a", "word"} <= set(names_in("a && word == 'it\\'s'"))


def test_every_shipped_rule_is_guarded() -> None:
    unguarded = [rule.rule.id for rule in _program().rules if not guards(rule.condition, TYPES)]
    assert unguarded == []


@cache
def _program() -> Program:
    return shipped.program()


@cache
def _every_condition() -> Any:
    environment = cel.NewEnv(variables={name: _KINDS[kind] for name, kind in TYPES.items()})
    # A condition may end in a comment, which ends with its line.
    joined = ",\n".join(f"({one.condition}\n)" for one in _program().rules)
    return environment.compile(f"[{joined}]")


@settings(deadline=None)
@given(some.data())
def test_the_shipped_ruleset_comes_to_what_all_its_rules_come_to(data: some.DataObject) -> None:
    program = _program()
    told: dict[type, some.SearchStrategy[Value]] = {
        bool: some.booleans(),
        int: some.integers(0, 6),
        float: some.floats(0, 90),
        str: some.just("yes"),
    }
    # What some rules read, so that rules are met and not only missed.
    places = data.draw(some.lists(some.integers(0, len(program.rules) - 1), min_size=1, max_size=4))
    names = sorted({name for place in places for name in program.rules[place].signals})
    values = some.fixed_dictionaries({name: told[TYPES[name]] for name in names})
    signals = {**unknown_signals(TYPES), **data.draw(values)}
    verdict = program._decide(signals)
    fired = {one.rule.id for one in (*verdict.fired, *verdict.shadow)}
    every = zip(program.rules, _every_condition().eval(data=signals).plain_value(), strict=True)
    assert fired == {one.rule.id for one, holds in every if holds}
