"""Named parts of conditions: what a rule that speaks of them comes to, and what is refused about them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from risk_scorer.errors import RulesetFault
from risk_scorer.policy.compile import Program, load, unknown_signals
from risk_scorer.policy.diff import difference
from risk_scorer.policy.terms import Terms
from risk_scorer.policy.values import Value

_SIGNALS = {"parcel": bool, "known": bool, "homes": int, "kind": str}
_VALUES: dict[str, list[Value]] = {
    "parcel": [False, True],
    "known": [False, True],
    "homes": [0, 1, 2],
    "kind": ["unknown", "far", "known"],
}
_HEAD = 'name: test\nversion: "1"\nowner: x\n'


def _ruleset(terms: dict[str, str], *rules: str) -> str:
    said = "".join(f"  - name: {name}\n    means: What it says\n    when: {when}\n" for name, when in terms.items())
    ruled = "".join(
        f"  - id: rule-{index}\n    title: A title to read\n    when: {when}\n    points: 100\n    owner: x\n"
        "    review_by: 2027-01-01\n"
        for index, when in enumerate(rules)
    )
    return f"{_HEAD}terms:\n{said}rules:\n{ruled}"


def _load(terms: dict[str, str], *rules: str) -> Program:
    return load(_ruleset(terms, *rules), _SIGNALS)


def _fired(program: Program, **signals: Value) -> list[str]:
    return [one.rule.id for one in program.evaluate({**unknown_signals(_SIGNALS), **signals}).fired]


def test_a_rule_speaks_of_a_term_as_of_a_signal() -> None:
    program = _load({"several": "homes > 1 || kind == 'far'", "sent": "parcel && several"}, "sent && !known")
    assert _fired(program, parcel=True, homes=2) == ["rule-0"]
    assert _fired(program, parcel=True, kind="far") == ["rule-0"]
    assert _fired(program, parcel=True, kind="far", known=True) == []
    assert _fired(program, homes=2) == []
    assert program.rules[0].signals == ("parcel", "homes", "kind", "known")


def test_a_name_in_a_string_or_a_longer_name_is_no_term() -> None:
    program = _load({"far": "homes > 1"}, "(kind == 'far' && parcel) || (parcel && known && far)")
    assert _fired(program, parcel=True, kind="far") == ["rule-0"]
    assert _fired(program, parcel=True, known=True, homes=2) == ["rule-0"]
    assert _fired(program, parcel=True, homes=2) == []


def test_a_comment_in_a_term_hides_nothing_of_the_rule() -> None:
    program = _load({"sent": "|\n      parcel // as they say"}, "sent && known")
    assert _fired(program, parcel=True) == []
    assert _fired(program, parcel=True, known=True) == ["rule-0"]


@pytest.mark.parametrize(
    ("terms", "rule", "says"),
    [
        ({"sent": "parcel && nothing"}, "sent", "line 7, column 21: sent: no such signal: 'nothing'"),
        ({"sent": "homes"}, "sent", "line 7, column 11: sent: must be true or false, is int"),
        ({"parcel": "known"}, "parcel", "line 5, column 11: parcel is the name of a signal"),
        ({"while": "known"}, "parcel", "line 5, column 11: while is the name of a word of CEL"),
        ({"a_term": "b_term", "b_term": "parcel"}, "a_term", "line 7, column 11: a_term: b_term does not stand before"),
        ({"a_term": "parcel && a_term"}, "a_term", "line 7, column 11: a_term: a_term does not stand before it"),
        ({"unused": "parcel"}, "known", "line 5, column 5: unused: nothing speaks of it"),
        ({"sent": "parcel"}, "sent && kind == 'it\\'s'", "has a backslash"),
        ({"sent": "parcel"}, "sent + 1", "line 11, column 16: rule-0: found no matching overload"),
        ({"nothing": "parcel == false"}, "nothing", "rule-0: is true of a booking of which nothing is known"),
        ({"Loud": "parcel"}, "parcel", "line 5, column 11"),
        ({"size": "parcel"}, "size", "line 5, column 11: size is the name of a word of CEL"),
        (
            {"t_0": "parcel", **{f"t_{n}": f"t_{n - 1} || t_{n - 1}" for n in range(1, 15)}},
            "t_14",
            "with its terms put in; 20,000 are the most",
        ),
    ],
)
def test_a_fault_of_a_term_names_its_place(terms: dict[str, str], rule: str, says: str) -> None:
    with pytest.raises(RulesetFault) as caught:
        _load(terms, rule)
    assert says in str(caught.value)


def test_every_fault_of_several_rules_is_named_at_once() -> None:
    with pytest.raises(RulesetFault) as caught:
        _load({"sent": "parcel"}, "sent == false", "known == false", "homes == 0", "nothing")
    assert len(caught.value.faults) == 4


def test_two_terms_of_one_name_are_refused() -> None:
    text = _ruleset({"sent": "parcel"}, "sent")
    twice = text.replace("rules:", "  - name: sent\n    means: What it says\n    when: known\nrules:")
    with pytest.raises(RulesetFault, match="line 8, column 11: another term is already called sent"):
        load(twice, _SIGNALS)


def test_an_example_can_not_give_a_term() -> None:
    text = _ruleset({"sent": "parcel"}, "sent") + "    examples: [{signals: {sent: true}, fires: true}]\n"
    with pytest.raises(RulesetFault, match="no such signal: 'sent'"):
        load(text, _SIGNALS)


def test_a_lowering_rule_is_tried_through_its_terms() -> None:
    text = _ruleset({"quiet": "parcel && homes == 0"}, "parcel", "quiet").replace(
        "when: quiet\n    points: 100", "when: quiet\n    points: -10"
    )
    with pytest.raises(RulesetFault, match="rule-1: lowers because homes is not known"):
        load(text, _SIGNALS, together={"homes"})


def test_a_difference_names_the_rules_that_a_term_changes() -> None:
    before = _load({"several": "homes > 1", "sent": "parcel && several"}, "sent", "several && known", "parcel").ruleset
    after = _load({"several": "homes > 2", "sent": "parcel && several"}, "sent", "several && known", "parcel").ruleset
    found = difference(before, after)
    (changed,) = found.terms
    assert (changed.name, changed.before, changed.after) == ("several", "homes > 1", "homes > 2")
    assert changed.rules == ["rule-0", "rule-1"]
    assert found.effective
    assert found.changed == []


def test_only_the_words_of_a_term_decide_nothing() -> None:
    before = _load({"sent": "parcel"}, "sent").ruleset
    after = load(_ruleset({"sent": "  parcel"}, "sent").replace("What it says", "Other words"), _SIGNALS).ruleset
    found = difference(before, after)
    assert not found.effective
    assert [(term.name, term.rules) for term in found.terms] == []


_PARTS = some.sampled_from(
    ["parcel", "known", "(!known)", "homes > 0", "homes >= 2", "kind == 'far'", "kind == 'known'"]
)


def _joined(parts: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    return some.builds("({} {} {})".format, parts, some.sampled_from(["&&", "||"]), parts)


@given(some.lists(some.recursive(_PARTS, _joined, max_leaves=6), min_size=1, max_size=3), some.data())
def test_with_its_terms_a_rule_says_what_it_says_without(conditions: list[str], data: some.DataObject) -> None:
    names = [f"term_{index}" for index in range(len(conditions))]
    # Each may speak of those before it; the rule of all.
    written = [
        f"{condition} || {data.draw(some.sampled_from(names[:index]))}" if index else condition
        for index, condition in enumerate(conditions)
    ]
    rule = f"parcel && known && ({' || '.join(names)})"
    program = _load(dict(zip(names, written, strict=True)), rule)
    for values in itertools.product(*_VALUES.values()):
        signals = dict(zip(_VALUES, values, strict=True))
        holds: Value = signals["parcel"] and signals["known"] and any(_python(part, signals) for part in conditions)
        assert (_fired(program, **signals) == ["rule-0"]) == holds, (written, signals)


def _python(condition: str, signals: Mapping[str, Value]) -> bool:
    words = condition.replace("&&", " and ").replace("||", " or ").replace("!known", "not known")
    return bool(eval(words, {}, dict(signals)))


def test_terms_are_found_behind_terms() -> None:
    ruleset = _load({"several": "homes > 1", "sent": "parcel && several"}, "sent").ruleset
    assert Terms(ruleset).spoken_of("sent") == {"sent", "several"}
    assert Terms(ruleset).put_in("sent && known") == "(parcel && (homes > 1)) && known"
