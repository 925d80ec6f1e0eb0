"""What `make bench` does before any server runs holds with the ruleset as it is shipped."""

from __future__ import annotations

import yaml

from risk_scorer.policy import shipped
from tests.benchmarks import engine, side_by_side


def test_the_same_fifty_rules_fire_in_every_engine_that_is_here() -> None:
    # Raises when an engine gives another answer; the rivals are left out where they are not installed.
    figures = side_by_side.measure(bookings=60, rounds=1)
    assert figures.rules == side_by_side.RULES
    assert figures.agreed > figures.bookings == 60
    assert figures.fired >= 0.8 * side_by_side.RULES
    assert [one.name for one in figures.engines if not one.left_out][:2] == ["Pickup Guard", "Pickup Guard"]


def test_all_shipped_rules_are_timed() -> None:
    figures = engine.measure(bookings=60)
    assert figures.rules == len(yaml.safe_load(shipped.text())["rules"]) > side_by_side.RULES
    assert min(figures.with_reasons_per_s, figures.with_signals_per_s) > 0
