"""The unknown is never reassuring: it earns no lowering points, and no rule fires on a value that is not there."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.assessment import rank
from risk_scorer.errors import RulesetFault
from risk_scorer.policy.checked import HISTORY
from risk_scorer.policy.compile import CompiledRule, load, unknown_signals
from risk_scorer.policy.unknowns import lowers
from risk_scorer.policy.values import UNKNOWN, Value
from risk_scorer.signals.catalogue import TYPES
from tests.shipped import PROGRAM

NOTHING = unknown_signals(TYPES)
_SIGNALS = {"parcel": bool, "flagged": bool, "jobs": int, "refused": int, "far_m": float, "kind": str}
_HEAD = 'name: test\nversion: "1"\nowner: x\nbands: {review: 40, warn: 65, hold_recommended: 90}\nrules:\n'


def _rule(identity: str, when: str, points: int) -> str:
    return (
        f'  - {{id: {identity}, title: A title to read, when: "{when}", points: {points}, '
        "owner: x, review_by: 2027-01-01}\n"
    )


def _load(when: str, points: int = -10) -> None:
    load(_HEAD + _rule("base", "parcel", 100) + _rule("tried", when, points), _SIGNALS, together={"jobs", "refused"})


@pytest.mark.parametrize(
    "when", ["!parcel", "refused == 0", "far_m != 3.0", "!(far_m > 3.0)", "kind != 'home'", "jobs < 3 || parcel"]
)
@pytest.mark.parametrize("points", [-10, 10])
def test_a_rule_that_fires_on_nothing_is_refused_with_its_place(when: str, points: int) -> None:
    with pytest.raises(RulesetFault, match="nothing is known") as caught:
        _load(when, points)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (7, 47)


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ("parcel && !flagged", "flagged is not known"),
        ("parcel && refused == 0", "refused is not known"),
        ("parcel && !(far_m > 3.0)", "far_m is not known"),
        ("parcel && far_m != 3.0", "far_m differs from everything"),
        ("parcel && kind != 'home'", "kind is not known"),
        ("jobs > 3 && !flagged && refused == 0", "flagged is not known"),
    ],
)
def test_a_rule_that_lowers_for_want_of_knowledge_is_refused(when: str, names: str) -> None:
    with pytest.raises(RulesetFault, match=names):
        _load(when)


def test_a_ceiling_lowers_too() -> None:
    text = _HEAD + _rule("base", "parcel", 100) + _rule("tried", "parcel && !flagged", 0)
    with pytest.raises(RulesetFault, match="flagged is not known"):
        load(text.replace("points: 0", "band_ceiling: review"), _SIGNALS, together=())


@pytest.mark.parametrize("when", ["parcel && !flagged", "parcel && refused == 0", "parcel && kind != 'home'"])
def test_a_rule_that_raises_may_ask_that_nothing_reassures(when: str) -> None:
    _load(when, 10)


def test_a_measure_that_is_not_known_differs_from_nothing() -> None:
    with pytest.raises(RulesetFault, match="ask for more or for less"):
        _load("parcel && far_m != 3.0", 10)


@pytest.mark.parametrize("when", ["jobs > 3 && refused == 0", "parcel", "far_m < 500.0 && parcel", "kind == 'home'"])
def test_a_rule_may_lower_on_what_is_known(when: str) -> None:
    """No refusal among the bookings of a history that was read is knowledge: it is read whole or not at all."""
    _load(when)


def test_a_rule_that_can_not_be_tried_is_refused() -> None:
    with pytest.raises(RulesetFault, match="make two rules of it"):
        load(
            _HEAD
            + _rule("base", "parcel", 100)
            + _rule("tried", " && ".join(f"jobs > {n} && refused > {n + 50}" for n in range(0, 48, 3)), -10),
            _SIGNALS,
            together=(),
        )


@pytest.mark.parametrize("compiled", PROGRAM.rules, ids=lambda compiled: compiled.rule.id)
def test_no_shipped_rule_fires_on_nothing(compiled: CompiledRule) -> None:
    assert compiled not in PROGRAM.evaluate(NOTHING).fired


def _values(kind: type, rules: Iterable[CompiledRule]) -> st.SearchStrategy[Value]:
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(0, 40)
    if kind is float:
        return st.floats(0, 500_000) | st.just(math.nan)
    return st.sampled_from(["unknown", "yes", "no"])


_KNOWN = st.fixed_dictionaries({name: _values(TYPES[name], PROGRAM.rules) for name in PROGRAM.signals})
_LOWERING = {compiled.rule.id for compiled in PROGRAM.rules if lowers(compiled.rule)}
#: What can be forgotten by itself: one signal, or the history as one.
_PARTS = [frozenset({name}) for name in PROGRAM.signals if name not in HISTORY] + [HISTORY & set(PROGRAM.signals)]


@given(_KNOWN, st.sets(st.sampled_from(_PARTS), min_size=1))
def test_forgetting_never_makes_a_rule_lower(known: dict[str, Value], parts: set[frozenset[str]]) -> None:
    """Whatever else is known, whatever is forgotten of it: nothing lowers that did not lower before."""
    whole = {**NOTHING, **known}
    forgotten = {name: UNKNOWN[TYPES[name]] for part in parts for name in part}
    before = {fired.rule.id for fired in PROGRAM.evaluate(whole).fired} & _LOWERING
    after = {fired.rule.id for fired in PROGRAM.evaluate({**whole, **forgotten}).fired} & _LOWERING
    assert after <= before


@given(st.data())
def test_a_lowering_rule_never_fires_without_everything_that_it_asks_for(data: st.DataObject) -> None:
    """Drawn near the edge: everything that the rule reads is set so that it fires, then one part is forgotten."""
    compiled = data.draw(st.sampled_from([one for one in PROGRAM.rules if lowers(one.rule)]))
    mine = {name: data.draw(_values(TYPES[name], ()), label=name) for name in compiled.signals}
    whole = {**NOTHING, **mine}
    fired = compiled in PROGRAM.evaluate(whole).fired
    for part in _PARTS:
        if part & set(compiled.signals):
            forgotten = {name: UNKNOWN[TYPES[name]] for name in part if name in compiled.signals}
            assert fired or compiled not in PROGRAM.evaluate({**whole, **forgotten}).fired


@given(_KNOWN)
def test_what_is_not_known_at_all_is_allowed_and_not_held(known: dict[str, Value]) -> None:
    """Knowing nothing is below knowing anything that raises; and no floor rests on nothing."""
    nothing = PROGRAM.evaluate(NOTHING)
    assert (nothing.decision, nothing.score, nothing.fired) == ("allow", 0, [])
    raised = PROGRAM.evaluate({**NOTHING, **known})
    if not any(lowers(fired.rule) for fired in raised.fired):
        assert rank(raised.decision) >= rank(nothing.decision)
