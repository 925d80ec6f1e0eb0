"""What `learn` shows in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pickupctl.learning.labels import Weighed, operators
from pickupctl.learning.rules import RuleReport

if TYPE_CHECKING:
    from pickupctl.learning.scorecard import Suggestion


def show_report(console: Console, reports: Sequence[RuleReport], weighed: Weighed, bookings: int) -> None:
    """Rule by rule, those with most labels first; then those that never fired."""
    console.print(summary(weighed, bookings))
    table = Table(title="Rules by what was found of the bookings on which they fired", title_justify="left")
    for name in ("rule", "confirmed", "suspected", "cleared", "nothing found", "precision", "recall", ""):
        table.add_column(name, justify="left" if name in ("rule", "") else "right", overflow="fold")
    silent = [one for one in reports if "never fired" in one.flags]
    spoken = [one for one in reports if "never fired" not in one.flags]
    for one in sorted(spoken, key=lambda one: (-(one.confirmed + one.suspected + one.cleared), one.rule_id)):
        sign = "↓ " if one.direction == "lowers" else ""
        shadow = " (shadow)" if one.shadow else ""
        table.add_row(
            f"{sign}{one.rule_id}{shadow}\n[dim]{one.title}[/dim]",
            *(str(count) for count in (one.confirmed, one.suspected, one.cleared, one.unlabelled)),
            str(one.precision),
            str(one.recall),
            ", ".join(one.flags),
        )
    console.print(table)
    console.print("↓ lowers the score. Shares are weighted, with 95 % intervals; precision is among labelled bookings.")
    if silent:
        console.print(f"never fired ({len(silent)}): {', '.join(one.rule_id for one in silent)}")


def summary(weighed: Weighed, bookings: int) -> str:
    """How much was found, by how many, and who was held to a share."""
    scams = sum(case.label.scam for case in weighed.cases)
    line = (
        f"{bookings:,} bookings; {scams} found to be scams or suspected, {len(weighed.cases) - scams} cleared, "
        f"by {len(operators(weighed.cases))} operators"
    )
    if weighed.held:
        line += f"; scaled down to a bounded share: {', '.join(weighed.held)}"
    if not weighed.bounded:
        line += "; too few operators for the share that was asked for: each weighs as much as the least of them"
    return line


def show_suggestion(console: Console, suggestion: Suggestion) -> None:
    """The card, how well calibrated it is, and what it would change."""
    table = Table(title="Suggested points (10 double the odds)", title_justify="left")
    table.add_column("rule")
    table.add_column("points", justify="right")
    for rule_id, points in suggestion.points.items():
        table.add_row(rule_id, f"{points:+d}")
    console.print(table)
    reliability = Table(title="Said and found, on bookings that the card had not seen", title_justify="left")
    for name in ("chance", "bookings", "said on average", "found"):
        reliability.add_column(name, justify="right")
    for one in suggestion.reliability:
        reliability.add_row(
            f"{100 * one.low:.0f}–{100 * one.high:.0f} %", str(one.bookings), f"{100 * one.said:.0f} %", str(one.found)
        )
    console.print(reliability)
    compared = suggestion.comparison
    console.print(
        f"Brier score {suggestion.brier:.3f} (saying the same of all: {suggestion.brier_base:.3f}). "
        f"At as many alerts: {compared.scams_card} of the labelled scams instead of {compared.scams_ruleset}, "
        f"{compared.cleared_card} of the cleared bookings instead of {compared.cleared_ruleset}."
    )
    if suggestion.too_few:
        console.print(f"no points, fired too seldom on labelled bookings: {', '.join(suggestion.too_few)}")
