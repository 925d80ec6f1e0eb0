"""Backtests and differences say what would change, in bookings and alerts, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pickup_contracts.policy import BandOverride, OperatorOverrides
from risk_scorer.policy.backtest import Backtest, Past
from risk_scorer.policy.compile import load
from risk_scorer.policy.diff import difference
from risk_scorer.policy.values import Value

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TYPES = {"parcel": bool, "homes": int, "far_m": float}
BEFORE = """
name: test
version: "1"
owner: x
bands: {review: 40, warn: 65, hold_recommended: 90}
rules:
  - {id: parcel, title: A parcel travels, when: parcel, points: 70, owner: x, review_by: 2027-01-01}
  - {id: homes, title: Several homes, when: homes > 1, points: 90, owner: x, review_by: 2027-01-01}
"""
AFTER = (
    BEFORE.replace('"1"', '"2"').replace("points: 70", "points: 50")
    + "  - {id: far, title: It goes far away, when: far_m > 1000.0, points: 70, owner: y, review_by: 2027-01-01}\n"
    + "  - {id: quiet, title: In shadow, when: parcel, points: 100, shadow: true, owner: y, review_by: 2027-01-01}\n"
)


def backtest(overrides: dict[str, OperatorOverrides] | None = None) -> Backtest:
    return Backtest(load(BEFORE, TYPES), load(AFTER, TYPES), TYPES, overrides or {})


def past(booking_id: str, *, operator_id: str = "op-1", days: int = 0, **signals: Value) -> Past:
    return Past(operator_id, booking_id, NOW + timedelta(days=days), signals)


def test_alerts_gained_and_lost_by_day_and_operator() -> None:
    run = backtest()
    for one in (
        past("lost", parcel=True),
        past("gained", far_m=2000, days=1),
        past("same", homes=2, operator_id="op-2"),
        past("quiet"),
    ):
        run.take(one)
    report = run.report()
    assert (report.bookings, report.alerts_before, report.alerts_after) == (4, 2, 2)
    assert (report.alerts_gained, report.alerts_lost) == (1, 1)
    assert {day.isoformat(): (row.alerts_before, row.alerts_after) for day, row in report.days.items()} == {
        "2026-11-20": (2, 1),
        "2026-11-21": (0, 1),
    }
    assert {name: (row.bookings, row.alerts_before, row.alerts_after) for name, row in report.operators.items()} == {
        "op-1": (3, 1, 1),
        "op-2": (1, 1, 1),
    }
    flips = {flip.booking_id: flip for flip in report.flips}
    assert set(flips) == {"lost", "gained"}
    assert (flips["lost"].before, flips["lost"].after) == ("warn", "review")
    assert flips["lost"].rules_changed == ["parcel"]
    assert (flips["gained"].rules_gained, flips["gained"].rules_changed) == (["far"], [])
    assert not report.more_than_doubles


def test_a_booking_counts_once_by_the_highest_that_it_reached() -> None:
    run = backtest()
    run.take(past("b", parcel=True))
    run.take(past("b"))
    report = run.report()
    assert (report.bookings, report.states, report.alerts_before) == (1, 2, 1)
    assert report.before == {"allow": 0, "review": 0, "warn": 1, "hold_recommended": 0}


def test_shadow_is_counted_with_what_it_would_raise() -> None:
    run = backtest()
    run.take(past("a", parcel=True))
    run.take(past("b", parcel=True, homes=2))
    run.take(past("c"))
    report = run.report()
    assert (report.shadow["quiet"].bookings, report.shadow["quiet"].alerts_more) == (2, 1)
    assert report.alerts_after == 1


def test_more_than_twice_the_alerts_is_noticed_and_twice_is_not() -> None:
    for new, doubles in ((1, False), (2, True)):
        run = backtest()
        run.take(past("old", homes=2))
        for number in range(new):
            run.take(past(f"new-{number}", far_m=2000.0))
        assert run.report().more_than_doubles is doubles


def test_lists_and_overrides_are_the_same_on_both_sides() -> None:
    mine = OperatorOverrides(
        operator_id="op-1",
        bands=BandOverride(warn=50),
        rules_off=["far"],
        alert_budget=500,
        published_at=NOW,
        published_by="ops",
    )
    run = backtest({"op-1": mine})
    run.take(past("a", parcel=True))
    run.take(past("b", far_m=2000.0))
    run.take(Past("op-2", "c", NOW, {"homes": 2}, (("trust", "review"),)))
    run.take(Past("op-2", "d", NOW, {}, (("watch", "warn"),)))
    report = run.report()
    assert (report.alerts_before, report.alerts_after) == (2, 2)
    assert report.flips == []
    assert report.operators["op-1"].budget == 500
    assert not report.operators["op-1"].over_budget
    run.take(past("e", parcel=True))
    assert run.report().operators["op-1"].over_budget


def test_signals_that_are_no_more_are_left_out() -> None:
    run = backtest()
    run.take(past("a", parcel=True, long_gone=True))
    assert run.report().alerts_before == 1


def test_a_difference_names_rules_fields_and_bands() -> None:
    before, after = load(BEFORE, TYPES).ruleset, load(AFTER.replace("warn: 65", "warn: 60"), TYPES).ruleset
    found = difference(before, after)
    assert [rule.id for rule in found.added] == ["far", "quiet"]
    assert found.removed == []
    (changed,) = found.changed
    assert (changed.rule_id, [(one.field, one.before, one.after) for one in changed.changes]) == (
        "parcel",
        [("points", 70, 50)],
    )
    assert [(one.field, one.before, one.after) for one in found.ruleset] == [
        ("version", "1", "2"),
        ("bands.warn", 65, 60),
    ]
    assert found.effective
    assert not difference(after, after)


def test_words_and_dates_change_no_decision() -> None:
    before = load(BEFORE, TYPES).ruleset
    text = BEFORE.replace("Several homes", "More than one home").replace("when: homes > 1", "when: homes  >  1")
    found = difference(before, load(text, TYPES).ruleset)
    assert [(one.rule_id, one.changes[0].field) for one in found.changed] == [("homes", "title")]
    assert found
    assert not found.effective
