"""Watch list over trust list over rules, and an operator's own settings over the ruleset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.assessment import DECISIONS, Decision, rank
from pickup_contracts.policy import BandOverride, EntityKind, ListEntry, ListName, OperatorOverrides
from risk_scorer import shapes
from risk_scorer.links import Hashed
from risk_scorer.policy import overrides as own
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import unknown_signals
from risk_scorer.policy.lists import Lists
from risk_scorer.policy.standing import Policy
from risk_scorer.policy.values import Value
from risk_scorer.signals.catalogue import TYPES
from tests.shipped import PROGRAM

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTHING = unknown_signals(TYPES)
#: A bank card from a home, whose rule has a floor of `hold_recommended`; and what only adds up to `review` and `warn`.
HELD: dict[str, Value] = {**NOTHING, "parcel_from_home": True, "itm1_bank_card": True, "bkr_unproven": True}
WARNED: dict[str, Value] = {
    **NOTHING,
    "parcel_from_home": True,
    "parcel_job": True,
    "pre1_home_pickup": True,
    "bkr1_third_party": True,
    "bkr1_three_parties": True,
    "dst1_public_place": True,
    "bkr_unproven": True,
}


def entry(
    list_name: ListName,
    band: Decision,
    *,
    entity: int = 7,
    kind: EntityKind = "phone",
    entry_id: str = "e-1",
    hours: int = 24,
    operator_id: str | None = "op-1",
) -> ListEntry:
    return ListEntry(
        entry_id=entry_id,
        list_name=list_name,
        kind=kind,
        entities=[entity],
        band=band,
        reason="named by two victims",
        source="police liaison",
        added_at=NOW - timedelta(days=1),
        added_by="ops",
        expires_at=NOW + timedelta(hours=hours),
        operator_id=operator_id,
    )


def booking(*entities: tuple[int, int]) -> list[Hashed]:
    return [Hashed(entities, 0, 0, 0)]


def decided(
    signals: dict[str, Value],
    *entries: ListEntry,
    role: int = shapes.BOOKER,
    entity: int = 7,
    operator_id: str = "op-1",
    overrides: OperatorOverrides | None = None,
) -> Decision:
    policy = Policy(PROGRAM, lists=Lists(entries), overrides={overrides.operator_id: overrides} if overrides else None)
    return policy.judge(operator_id, signals, booking((entity, role)), NOW).verdict.decision


def test_the_bookings_are_what_the_tests_take_them_for() -> None:
    assert PROGRAM.evaluate(HELD).floor == "hold_recommended"
    assert (PROGRAM.evaluate(WARNED).decision, PROGRAM.evaluate(WARNED).floor) == ("warn", "warn")


def test_a_watched_booking_gets_at_least_the_entrys_band() -> None:
    assert decided(NOTHING, entry("watch", "warn")) == "warn"
    assert decided(NOTHING, entry("watch", "hold_recommended")) == "hold_recommended"
    assert decided(HELD, entry("watch", "warn")) == "hold_recommended"


@pytest.mark.parametrize(
    "role", [shapes.BOOKER, shapes.PICKUP_CONTACT, shapes.RECIPIENT, shapes.PASSENGER_ROLE, shapes.VIA, shapes.NOTED]
)
def test_whoever_is_watched_is_met_in_any_role(role: int) -> None:
    assert decided(NOTHING, entry("watch", "warn"), role=role) == "warn"


def test_trust_holds_down_what_rules_say() -> None:
    assert decided(WARNED, entry("trust", "review")) == "review"
    assert decided(WARNED, entry("trust", "allow")) == "allow"
    assert decided(NOTHING, entry("trust", "review")) == "allow"


def test_trust_does_not_undo_a_floor_of_hold_recommended() -> None:
    assert decided(HELD, entry("trust", "allow")) == "hold_recommended"


@given(
    st.sampled_from([NOTHING, WARNED, HELD]),
    st.lists(st.sampled_from(DECISIONS), min_size=1, max_size=3),
    st.lists(st.sampled_from(DECISIONS), max_size=3),
)
def test_watch_list_over_trust_list_over_rules(
    signals: dict[str, Value], watched: list[Decision], trusted: list[Decision]
) -> None:
    entries = [entry("watch", band, entry_id=f"w-{n}") for n, band in enumerate(watched)]
    entries += [entry("trust", band, entry_id=f"t-{n}") for n, band in enumerate(trusted)]
    by_rules = PROGRAM.evaluate(signals).decision
    assert decided(signals, *entries) == max(by_rules, *watched, key=rank)


@pytest.mark.parametrize("role", [shapes.RECIPIENT, shapes.PICKUP_CONTACT, shapes.PASSENGER_ROLE, shapes.NOTED])
def test_somebody_trusted_who_did_not_book_vouches_for_nothing(role: int) -> None:
    assert decided(WARNED, entry("trust", "allow"), role=role) == "warn"


@pytest.mark.parametrize(
    ("role", "decision"), [(shapes.PICKUP, "allow"), (shapes.DROPOFF, "allow"), (shapes.VIA, "warn")]
)
def test_a_trusted_address_vouches_where_the_job_begins_or_ends(role: int, decision: Decision) -> None:
    assert decided(WARNED, entry("trust", "allow", kind="address"), role=role) == decision


@pytest.mark.parametrize("list_name", ["watch", "trust"])
@pytest.mark.parametrize(
    "which", [{"hours": 0}, {"hours": -1}, {"entity": 8}, {"operator_id": "op-2"}], ids=lambda which: next(iter(which))
)
def test_an_entry_that_is_expired_or_another_operators_does_nothing(list_name: ListName, which: dict[str, int]) -> None:
    band: Decision = "hold_recommended" if list_name == "watch" else "allow"
    assert decided(WARNED, entry(list_name, band, **which)) == "warn"  # type: ignore[arg-type]


def test_an_entry_for_all_meets_the_shared_hash_of_any_operator() -> None:
    shared = entry("watch", "warn", entity=99, operator_id=None)
    policy = Policy(PROGRAM, lists=Lists([shared]))
    alone = booking((7, shapes.BOOKER))
    sharing = [*alone, Hashed(((99, shapes.BOOKER),), 0, 0, 0)]
    assert policy.judge("op-5", NOTHING, sharing, NOW).verdict.decision == "warn"
    assert policy.judge("op-5", NOTHING, alone, NOW).verdict.decision == "allow"


def test_reasons_name_list_reason_and_source_and_stand_in_order() -> None:
    policy = Policy(PROGRAM, lists=Lists([entry("trust", "allow", entry_id="a"), entry("watch", "warn", entry_id="b")]))
    judged = policy.judge("op-1", WARNED, booking((7, shapes.BOOKER), (7, shapes.RECIPIENT)), NOW)
    said = judged.reasons({})
    assert said[0].rule_id == "list/b"
    assert said[0].title == "On the watch list: named by two victims (police liaison)"
    assert said[0].evidence == ["booker", "dropoff.contact"]
    assert said[-1].title == "On the trust list: named by two victims (police liaison), outweighed here"
    assert len(said) > 3
    assert "7" not in {part for reason in said for part in (reason.rule_id, *reason.evidence)}


def test_another_entry_or_setting_is_another_edition_and_the_ruleset_alone_keeps_its_own() -> None:
    plain = Policy(PROGRAM)
    watched = plain.with_lists(Lists([entry("watch", "warn")]))
    longer = plain.with_lists(Lists([entry("watch", "warn", hours=48)]))
    tuned = plain.with_overrides({"op-1": overrides(warn=70)})
    who = booking((7, shapes.BOOKER))
    editions = [one.judge("op-1", WARNED, who, NOW).edition for one in (plain, watched, longer, tuned)]
    assert editions[0] == PROGRAM.ruleset.fingerprint[:12]
    assert len(set(editions)) == 4
    assert watched.judge("op-1", WARNED, booking((8, shapes.BOOKER)), NOW).edition == editions[0]
    assert tuned.judge("op-2", WARNED, who, NOW).edition == editions[0]


def overrides(
    *, review: int | None = None, warn: int | None = None, rules_off: tuple[str, ...] = ()
) -> OperatorOverrides:
    return OperatorOverrides(
        operator_id="op-1",
        bands=BandOverride(review=review, warn=warn),
        rules_off=list(rules_off),
        published_at=NOW,
        published_by="ops",
    )


def test_an_operators_limits_are_its_own() -> None:
    score = PROGRAM.evaluate({**NOTHING, "parcel_from_home": True, "bkr_unproven": True}).score
    weak: dict[str, Value] = {**NOTHING, "parcel_from_home": True, "bkr_unproven": True}
    mine = overrides(review=score)
    assert decided(weak, overrides=mine) == "review"
    assert decided(weak, overrides=mine, operator_id="op-2") == "allow"


def test_a_rule_that_is_off_does_not_count_at_that_operator() -> None:
    mine = overrides(rules_off=("bank-card-from-home",))
    assert decided(HELD, overrides=mine) == "allow"
    assert decided(HELD, overrides=mine, operator_id="op-2") == "hold_recommended"


def test_limits_that_do_not_rise_with_the_rulesets_are_left_out_and_said() -> None:
    mine = overrides(warn=95, rules_off=("bank-card-from-home", "no-such-rule"))
    policy = Policy(PROGRAM, overrides={"op-1": mine})
    assert "op-1" in policy.faults()
    assert decided(HELD, overrides=mine) == "allow"
    said = list(own.faults(mine, PROGRAM.ruleset))
    assert len(said) == 2
    assert "must rise" in said[0]
    assert "'no-such-rule'" in said[1]


@given(st.sets(st.sampled_from([one.rule.id for one in PROGRAM.rules])), st.sampled_from([NOTHING, WARNED, HELD]))
def test_overrides_judge_like_a_ruleset_without_those_rules(off: set[str], signals: dict[str, Value]) -> None:
    mine = own.OperatorProgram(PROGRAM, overrides(rules_off=tuple(sorted(off))))
    expected = [one.rule.id for one in PROGRAM.evaluate(signals).fired if one.rule.id not in off]
    assert [one.rule.id for one in mine.evaluate(signals).fired] == expected
    assert PROGRAM.evaluate(signals).decision == decided(signals), "the program's own verdict is as it was"


def test_the_next_expiry_is_told() -> None:
    lists = Lists([entry("watch", "warn", entry_id="a", hours=5), entry("trust", "allow", entry_id="b", hours=2)])
    assert lists.next_expiry() == NOW + timedelta(hours=2)
    assert Lists().next_expiry() is None


def test_shadow_is_counted_and_decides_nothing() -> None:
    text = (
        shipped.text()
        .partition("\nexamples:")[0]
        .replace(
            "    points: 60\n    band_floor: hold_recommended\n",
            "    points: 60\n    shadow: true\n    band_floor: hold_recommended\n",
            1,
        )
    )
    policy = Policy(checked(text))
    assert policy.judge("op-1", HELD, [], NOW).verdict.decision == "allow"
    assert policy.judge("op-1", NOTHING, [], NOW).verdict.decision == "allow"
    assert (policy.counted.assessed, dict(policy.counted.shadow)) == (2, {"bank-card-from-home": 1})
    assert policy.with_lists(Lists()).counted is policy.counted
