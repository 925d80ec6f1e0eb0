"""Explaining one assessment: judged again from what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import msgspec
import pytest

from pickup_contracts.assessment import Premises, StopPremises
from pickup_contracts.policy import BandOverride, ListEntry, OperatorOverrides
from risk_scorer import shapes
from risk_scorer.explain.explained import Explanation, Held, Made, explain, read_stored
from risk_scorer.links import Hashed
from risk_scorer.merge import Arrived
from risk_scorer.past import Stored
from risk_scorer.policy.compile import Program, load, unknown_signals
from risk_scorer.policy.lists import Lists
from risk_scorer.policy.standing import Policy
from risk_scorer.policy.values import Value
from risk_scorer.signals.catalogue import SIGNALS, TYPES
from tests.judged import made_of
from tests.shipped import PROGRAM

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD: dict[str, Value] = {"parcel_from_home": True, "itm1_bank_card": True, "bkr_unproven": True}
WARNED: dict[str, Value] = {
    "parcel_from_home": True,
    "parcel_job": True,
    "pre1_home_pickup": True,
    "bkr1_third_party": True,
    "dst1_public_place": True,
    "bkr_unproven": True,
}
SMALL = """
name: small
version: "1"
owner: test
bands: {review: 40, warn: 65, hold_recommended: 90}
rules:
- {id: short, title: It is a short way, when: rte1_distance_m < 500.0, points: 70, owner: t, review_by: 2030-01-01}
- {id: card, title: A bank card is fetched, when: itm1_bank_card, points: 95, owner: t, review_by: 2030-01-01}
- {id: calm, title: The office cleared it, when: con8_cleared, band_ceiling: review, owner: t, review_by: 2030-01-01}
- {id: door, title: It felt like cash, when: itm8_felt_like_cash, band_floor: warn, owner: t, review_by: 2030-01-01}
- {id: quiet, title: Cash is to be fetched, when: itm2_cash, points: 9, shadow: true, owner: t, review_by: 2030-01-01}
"""


def made(
    signals: dict[str, Value],
    *,
    program: Program = PROGRAM,
    overrides: OperatorOverrides | None = None,
    entries: Sequence[ListEntry] = (),
    events: Sequence[Arrived] = (),
) -> Made:
    """An assessment as the scorer makes and keeps it."""
    policy = Policy(program, overrides={overrides.operator_id: overrides} if overrides else {}, lists=Lists(entries))
    values = {**unknown_signals(TYPES), **signals}
    scope = Hashed(entities=((7, shapes.BOOKER),), home=0, dropoff=0, booker=7)
    judged = policy.judge("op-1", values, [scope], NOW)
    premises = Premises(StopPremises("residential", "yes", "lookup", 0.9), StopPremises())
    read = {name: values[name] for name in program.signals}
    return made_of(judged, read, program, NOW, premises=premises, version=3, events=events)


def explained(one: Made, program: Program = PROGRAM, **changed: Any) -> Explanation:
    """It, with `changed` in what was kept."""
    stored = read_stored(one.signals)
    assert stored is not None
    return explain(one, msgspec.structs.replace(stored, **changed), Held(program, "shipped"))


def with_signals(one: Made, **changed: Value) -> Explanation:
    stored = read_stored(one.signals)
    assert stored is not None
    kept = {name: value for name, value in {**stored.signals, **changed}.items() if value is not False}
    return explained(one, signals=kept)


def entry(list_name: Literal["watch", "trust"], band: Any) -> ListEntry:
    return ListEntry(
        entry_id="e-1",
        list_name=list_name,
        kind="phone",
        entities=[7],
        band=band,
        reason="named by two victims",
        source="police liaison",
        added_at=NOW - timedelta(days=1),
        added_by="ops",
        expires_at=NOW + timedelta(days=1),
        operator_id="op-1",
    )


@pytest.mark.parametrize("signals", [{}, HELD, WARNED])
def test_what_was_kept_gives_the_same_answer(signals: dict[str, Value]) -> None:
    found = explained(made(signals))
    assert found.again.same, found.again
    assert {rule.rule_id for rule in found.rules if rule.outcome == "fired"} == {
        reason.rule_id for reason in found.assessment.reasons
    }
    assert len(found.rules) == len(PROGRAM.rules)
    assert found.steps[-1].score == found.assessment.score
    assert found.steps[-1].decision == found.assessment.decision


def test_every_signal_is_shown_unknown_or_not_asked_for() -> None:
    found = explained(made(HELD))
    shown = [one.name for one in found.signals]
    assert sorted([*shown, *found.unknown, *found.unread]) == sorted(SIGNALS)
    assert set(shown) == set(HELD)
    assert all(one.source and one.meaning for one in found.signals)


def test_every_signal_of_the_catalogue_has_a_source() -> None:
    assert [name for name, signal in SIGNALS.items() if not signal.source] == []


def test_a_measure_of_nothing_is_not_taken_for_unknown() -> None:
    program = load(SMALL, TYPES)
    one = made({"rte1_distance_m": 0.0}, program=program)
    assert one.assessment.decision == "warn"
    found = explained(one, program)
    assert found.again.same
    assert found.signals[0].value == 0.0
    assert made({}, program=program).assessment.decision == "allow"


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"itm1_bank_card": True}, [("1 rule gives +95 points", 95, "hold_recommended")]),
        (
            {"itm1_bank_card": True, "con8_cleared": True},
            [("2 rules add up to +95 points", 95, "hold_recommended"), ("held down to review by calm", 64, "review")],
        ),
        (
            {"itm1_bank_card": True, "con8_cleared": True, "itm8_felt_like_cash": True},
            [
                ("3 rules add up to +95 points", 95, "hold_recommended"),
                ("held down to review by calm", 64, "review"),
                ("lifted to warn by door", 65, "warn"),
            ],
        ),
        (
            {"itm1_bank_card": True, "rte1_distance_m": 1.0},
            [("2 rules add up to +165 points, counted as 100", 100, "hold_recommended")],
        ),
        ({"itm2_cash": True}, [("no rule fired", 0, "allow")]),
    ],
)  # fmt: skip
def test_from_points_to_decision_step_by_step(signals: dict[str, Value], said: list[tuple[str, int, str]]) -> None:
    program = load(SMALL, TYPES)
    found = explained(made(signals, program=program), program)
    assert [(step.what, step.score, step.decision) for step in found.steps] == said
    assert found.again.same


def test_a_rule_in_shadow_is_told_and_does_not_count() -> None:
    program = load(SMALL, TYPES)
    found = explained(made({"itm2_cash": True}, program=program), program)
    assert (found.rules[0].rule_id, found.rules[0].outcome) == ("quiet", "shadow")
    assert not explained(made({"itm2_cash": True}, program=program), program, shadow=[]).again.same


@pytest.mark.parametrize(("list_name", "band"), [("watch", "hold_recommended"), ("trust", "allow"), ("trust", "warn")])
def test_list_entries_are_part_of_the_answer(list_name: Literal["watch", "trust"], band: str) -> None:
    one = made(WARNED, entries=[entry(list_name, band)])
    found = explained(one)
    assert found.again.same, found.again
    assert [(met.entry_id, met.band) for met in found.lists] == [("e-1", band)]
    assert "police liaison" in found.lists[0].title
    assert found.steps[-1].decision == one.assessment.decision
    taken_out = explained(one, listed=[])
    assert not taken_out.again.same
    assert any("list entries" in line for line in taken_out.again.differences)


def test_an_operators_settings_of_then_are_kept() -> None:
    plain = made(WARNED)
    strongest = plain.assessment.reasons[0].rule_id
    own = OperatorOverrides(
        operator_id="op-1",
        bands=BandOverride(hold_recommended=99),
        rules_off=[strongest, "no-such-rule"],
        published_at=NOW,
        published_by="test",
    )
    one = made(WARNED, overrides=own, entries=[entry("watch", "warn")])
    found = explained(one)
    assert found.again.same, found.again
    assert found.overrides is not None
    assert found.overrides.off == (strongest,)
    assert found.overrides.bands.hold_recommended == 99
    assert next(rule for rule in found.rules if rule.rule_id == strongest).outcome == "off here"
    without = explained(one, overrides=None)
    assert not without.again.same
    assert any(strongest in line for line in without.again.differences)


def test_nothing_more_is_kept_where_only_the_ruleset_judged() -> None:
    one = made(WARNED)
    assert one.signals is not None
    assert set(msgspec.json.decode(one.signals)) == {"signals", "shadow", "by"}


def test_signals_that_were_changed_are_noticed() -> None:
    found = with_signals(made(HELD), itm1_bank_card=False)
    assert found.again.same is False
    assert any(line.startswith("decision: hold recommended then") for line in found.again.differences)
    assert any("not true of the stored signals: " in line for line in found.again.differences)
    more = with_signals(made({}), **HELD)
    assert any("not given as reasons then" in line for line in more.again.differences)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"itm1_bank_card": "yes"}, "itm1_bank_card is stored as str and must be bool"),
        ({"tim4_home_parcels_24h": True}, "tim4_home_parcels_24h is stored as bool and must be int"),
        ({"itm1_bank_crad": True}, "itm1_bank_crad is no signal of this version"),
    ],
)
def test_signals_that_can_not_be_are_named(changed: dict[str, Value], said: str) -> None:
    found = with_signals(made(HELD), **changed)
    assert found.again.same is False
    assert said in found.again.differences


@pytest.mark.parametrize(
    "changed", [{"score": 12}, {"decision": "allow"}, {"pattern": "none"}, {"reasons": []}, {"assessment_id": uuid4()},
                {"booking_version": 4}]
)  # fmt: skip
def test_an_assessment_that_was_changed_is_noticed(changed: dict[str, Any]) -> None:
    one = made(HELD)
    altered = msgspec.structs.replace(one, assessment=msgspec.structs.replace(one.assessment, **changed))
    assert explained(altered).again.same is False


def test_points_or_titles_of_a_reason_that_were_changed_are_noticed() -> None:
    one = made(HELD)
    for changed in ({"points": 1}, {"title": "Something else entirely"}):
        first = msgspec.structs.replace(one.assessment.reasons[0], **changed)
        reasons = [first, *one.assessment.reasons[1:]]
        altered = msgspec.structs.replace(one, assessment=msgspec.structs.replace(one.assessment, reasons=reasons))
        found = explained(altered)
        assert found.again.same is False
        assert any(line.startswith(f"{first.rule_id}: ") for line in found.again.differences)


def test_without_the_ruleset_the_rest_is_explained() -> None:
    one = made(HELD)
    stored = read_stored(one.signals)
    found = explain(one, stored, Held(None, missing="the ruleset of then is gone"))
    assert found.again.same is None
    assert found.again.why == "the ruleset of then is gone"
    assert found.steps == []
    assert {rule.rule_id for rule in found.rules} == {reason.rule_id for reason in one.assessment.reasons}
    assert {one.name for one in found.signals} == set(HELD)


@pytest.mark.parametrize("kept", [None, b"{", b'{"signals": 3}'])
def test_without_its_signals_the_rest_is_explained(kept: bytes | None) -> None:
    found = explain(made(HELD), read_stored(kept), Held(PROGRAM))
    assert read_stored(kept) is None
    assert found.again.same is None
    assert "signals" in found.again.why


def test_what_was_kept_before_there_was_an_edition_is_read() -> None:
    stored = read_stored(b'{"signals":{"itm1_bank_card":true},"by":"0123456789ab"}')
    assert stored == Stored({"itm1_bank_card": True}, by="0123456789ab")
