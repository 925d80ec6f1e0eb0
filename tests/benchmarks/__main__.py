"""Measure side by side on this machine, print the tables, and write `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from msgspec import Struct

from tests.benchmarks import durable, engine, latency, report, side_by_side, warning, warning_report
from tests.benchmarks.stand import Stand

_DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


class Plan(Struct, frozen=True):
    """How much is measured: stores in sightings, bookings a durable run, rounds, and seconds at `per_s`."""

    small: int = 100_000
    large: int = 10_000_000
    bookings: int = 20_000
    rounds: int = 2
    assessed: int = 4000
    per_s: int = 500
    seconds: int = 45


PLANS = {
    "quick": Plan(large=1_000_000, bookings=3000, rounds=1, assessed=1000, per_s=50, seconds=25),
    "usual": Plan(),
    "full": Plan(rounds=5, seconds=60),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--quick", action="store_const", const="quick", dest="plan", help="a little; writes nothing")
    amount.add_argument("--full", action="store_const", const="full", dest="plan", help="five rounds in place of two")
    name = parser.parse_args().plan or "usual"
    text = report.document(measure(PLANS[name]))
    say("the notifier alone: 20 alerts/s, 10,000 at once, a channel that hangs …")
    text += warning_report.section(warning.measure(warning.QUICK if name == "quick" else None))
    sys.stdout.write(text)
    if name != "quick":
        _DOCUMENT.write_text(text)
        say(f"written to {_DOCUMENT.relative_to(Path.cwd()) if _DOCUMENT.is_relative_to(Path.cwd()) else _DOCUMENT}")


def measure(plan: Plan) -> report.Figures:
    """Everything, one after another."""
    say("rules alone, side by side …")
    engines = side_by_side.measure(plan.assessed, rounds=2 * plan.rounds + 1)
    alone = engine.measure(plan.assessed)
    left_out = {loop: why for loop in durable.LOOPS if (why := durable.left_out(loop)) is not None}
    with Stand() as stand:
        stand.store(plan.small)
        seeded_s = stand.store(plan.large)
        say("making up the bookings to be measured …")
        events = [booked.event for booked in stand.population.draw(plan.bookings)]
        bookings = stand.population.draw(plan.per_s * plan.seconds, scam_every=100)
        loops = [loop for loop in durable.LOOPS if loop not in left_out]
        cases = [("faust", plan.small), *((loop, plan.large) for loop in loops)]
        path = durable.measure(stand, cases, events, plan.rounds)
        say(f"the whole line at {plan.per_s} bookings/s over {plan.large:,} sightings …")
        line = latency.measure(stand, plan.large, bookings, plan.per_s)
    return report.Figures(plan.small, plan.large, seeded_s, len(events), alone, engines, path, left_out, line)


def say(text: str) -> None:
    sys.stderr.write(f"· {text}\n")


if __name__ == "__main__":
    main()
