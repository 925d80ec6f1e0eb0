"""A ruleset is refused with the place of every fault; a checked one decides as its document says."""

from __future__ import annotations

import pytest

from risk_scorer.errors import RulesetFault
from risk_scorer.policy import shipped
from risk_scorer.policy.compile import load, reasons, unknown_signals
from risk_scorer.signals.catalogue import SIGNALS, TYPES

_SIGNALS = {"parcel": bool, "homes": int, "far_m": float, "kind": str}
_HEAD = 'name: test\nversion: "1"\nowner: x\nbands: {review: 40, warn: 65, hold_recommended: 90}\nrules:\n'


def rule(identity: str, when: str, more: str = "points: 100") -> str:
    return (
        f"  - id: {identity}\n    title: A title to read\n    when: {when}\n    {more}\n"
        "    owner: x\n    review_by: 2027-01-01\n"
    )


@pytest.mark.parametrize(
    ("rules", "place", "says"),
    [
        (rule("one", "parcel && nothing"), "line 8, column 21", "no such signal: 'nothing'"),
        (rule("one", "homes + 1"), "line 8, column 11", "must be true or false, is int"),
        (rule("one", "far_m > 3"), "line 8, column 17", "decimal point"),
        (rule("one", "parcel &&"), "line 8", "one:"),
        (
            rule("one", "(" * 60 + "parcel" + ")" * 60),
            "line 8, column 11",
            "one: CANCELLED: Expression recursion limit",
        ),
        (rule("one", "parcel") + rule("one", "parcel"), "line 12, column 9", "already called one"),
        (rule("one", "parcel", "points: 0"), "line 6, column 5", "no effect"),
        (rule("one", "parcel", "points: 10"), "line 4", "can't be reached"),
        (rule("one", "parcel", "points: many"), "line 9, column 13", "points"),
        (
            rule("one", "parcel", "points: 100\n    examples: [{signals: {parcel: true}, fires: false}]"),
            "line 10",
            "fires on this example",
        ),
        (
            rule("one", "parcel", "points: 100\n    examples: [{signals: {parcle: true}, fires: true}]"),
            "line 10",
            "no such signal: 'parcle'",
        ),
        (rule("one", ">\n      parcel &&\n      nothing"), "line 10, column 7", "no such signal: 'nothing'"),
        (rule("one", "|\n      parcel &&\n        nothing"), "line 10, column 9", "no such signal: 'nothing'"),
        (rule("one", "'parcel && nothing'"), "line 8, column 22", "no such signal: 'nothing'"),
        (rule("one", "parcel", "points: 100\n    points: 5"), "line 10, column 5", "this key was there before"),
        (rule("one", "parcel") + 'version: "2"\n', "line 12, column 1", "this key was there before"),
        (rule("one", "parcel", "points: " + "[" * 60 + "]" * 60), "line 9, column 61", "nested too deep"),
        (rule("one", "parcel", "points: " + "{a: " * 5000), "line 9", "nested too deep"),
        (rule("one", "parcel").replace("2027-01-01", "2027-02-30"), "line 11, column 16", "a date that can't be"),
        (rule("one", "parcel", "points: 100\n\towner: y"), "line 10, column 1", "not valid YAML"),
        (rule("one", "parcel").replace("    owner: x\n", ""), "line 6, column 5", "owner"),
        (rule("one", "parcel").replace("    review_by: 2027-01-01\n", ""), "line 6, column 5", "review_by"),
        (rule("one", "parcel", "points: 100\n    colour: red"), "line 6, column 5", "colour"),
        (rule("one", "parcel") + "examples: [{title: A title, signals: {}}]\n", "line 12, column 12", "nothing"),
        (
            rule("one", "parcel") + "examples: [{title: A title, signals: {parcle: true}, at_most: allow}]\n",
            "line 12, column 12",
            "no such signal: 'parcle'",
        ),
        (
            rule("one", "parcel") + "examples: [{title: A title, signals: {parcel: true}, at_most: review}]\n",
            "line 12, column 12",
            "A title: is hold_recommended, expected at most review",
        ),
        (
            rule("one", "parcel") + "examples: [{title: A title, signals: {}, at_least: warn}]\n",
            "line 12, column 12",
            "A title: is allow, expected at least warn",
        ),
    ],
)
def test_a_fault_names_its_place(rules: str, place: str, says: str) -> None:
    with pytest.raises(RulesetFault) as caught:
        load(_HEAD + rules, _SIGNALS)
    assert place in str(caught.value)
    assert says in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(RulesetFault) as caught:
        load(_HEAD + rule("one", "nope") + rule("two", "neither"), _SIGNALS)
    assert len(caught.value.faults) == 2


def test_a_condition_may_hold_a_comment() -> None:
    text = _HEAD + rule("one", "parcel // as they say") + rule("two", "homes > 1")
    verdict = load(text, _SIGNALS).evaluate({**unknown_signals(_SIGNALS), "parcel": True})
    assert [fired.rule.id for fired in verdict.fired] == ["one"]


def test_bands_must_rise() -> None:
    with pytest.raises(RulesetFault, match="must rise"):
        load(_HEAD.replace("warn: 65", "warn: 30") + rule("one", "parcel"), _SIGNALS)


def test_points_floors_and_ceilings() -> None:
    text = (
        _HEAD
        + rule("some", "parcel", "points: 45")
        + rule("strong", "homes > 1", "points: 1\n    band_floor: hold_recommended")
        + rule("calm", "kind == 'known'", "points: -5\n    band_ceiling: allow")
        + rule("rest", "far_m > 1000.0", "points: 60")
    )
    program = load(text, _SIGNALS)
    nothing = unknown_signals(_SIGNALS)
    assert program.evaluate(nothing).decision == "allow"
    assert program.evaluate({**nothing, "parcel": True}).score == 45
    assert program.evaluate({**nothing, "parcel": True, "kind": "known"}).score == 39
    floor = program.evaluate({**nothing, "homes": 2, "kind": "known"})
    assert (floor.decision, floor.score) == ("hold_recommended", 90)
    assert program.evaluate({**nothing, "parcel": True, "far_m": 2000.0}).score == 100


def test_reasons_stand_strongest_first() -> None:
    text = _HEAD + rule("weak", "parcel", "points: 40") + rule("strong", "parcel", "points: 1\n    band_floor: warn")
    program = load(text + rule("third", "parcel", "points: 60"), _SIGNALS)
    verdict = program.evaluate({**unknown_signals(_SIGNALS), "parcel": True})
    assert [reason.rule_id for reason in reasons(verdict, {})] == ["strong", "third", "weak"]


def test_a_rule_in_shadow_changes_nothing() -> None:
    text = _HEAD + rule("one", "homes > 0") + rule("two", "parcel", "points: 100\n    shadow: true")
    verdict = load(text, _SIGNALS).evaluate({**unknown_signals(_SIGNALS), "parcel": True})
    assert (verdict.score, [fired.rule.id for fired in verdict.shadow]) == (0, ["two"])


def test_the_shipped_ruleset_is_one_a_fraud_desk_would_keep() -> None:
    program = shipped.program()
    assert len(program.rules) >= 60
    assert len({name for compiled in program.rules for name in compiled.signals}) >= 25
    shapes = {compiled.rule.pattern for compiled in program.rules}
    assert {"parcel_from_home", "victim_as_passenger", "courier_as_passenger"} <= shapes
    for compiled in program.rules:
        assert compiled.signals, f"{compiled.rule.id} reads no signal"
        assert "fraudster" not in compiled.rule.title.lower()


def test_the_unknown_is_neither_alarming_nor_reassuring() -> None:
    verdict = shipped.program().evaluate(unknown_signals(TYPES))
    assert verdict.fired == []


def test_every_signal_says_what_it_means() -> None:
    assert len(SIGNALS) >= 100
    assert [name for name, signal in SIGNALS.items() if len(signal.meaning) < 5] == []
