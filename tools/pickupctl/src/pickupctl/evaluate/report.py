"""What `evaluate` shows in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pickupctl.evaluate.cases import Result, Totals
from pickupctl.evaluate.fairness import GROUPED_BY, GroupRates, group_rates
from pickupctl.evaluate.traffic import VIEWS, Rates
from pickupctl.intervals import Share

_MOST_ROWS = 30
_STYLE = {"allow": "green", "review": "yellow", "warn": "dark_orange", "hold_recommended": "red"}


def show_cases(console: Console, results: Sequence[Result], totals: Totals) -> None:
    """Case by case, then the totals."""
    table = Table(title="Labelled cases", title_justify="left")
    for name in ("case", "decision", "score", "expected", "", "reasons"):
        table.add_column(name, overflow="fold")
    for result in results:
        style = _STYLE[result.decision]
        table.add_row(
            f"{result.case_id}\n[dim]{result.title}[/dim]",
            f"[{style}]{result.decision}[/{style}]",
            str(result.score),
            result.expected,
            "[green]✓[/green]" if result.meets else "[bold red]✗[/bold red]",
            ", ".join(result.reasons),
        )
    console.print(table)
    recall = Table(title="Recall of scams that something visible distinguishes", title_justify="left")
    for name in ("pattern", "cases", "at review", "at warn", "nothing visible"):
        recall.add_column(name, justify="left" if name == "pattern" else "right")
    for pattern, row in totals.patterns.items():
        recall.add_row(
            pattern, str(row.cases), _share(row.review, row.cases), _share(row.warn, row.cases), str(row.undetectable)
        )
    console.print(recall)
    console.print(
        f"scams at or above what their case asks for: {totals.scams_met} of {totals.scams}; "
        f"look-alikes above their limit: {totals.lookalikes_above_limit} of {totals.lookalikes}"
    )


def show_traffic(console: Console, rates: Rates, seconds: float) -> None:
    """Decisions per 1,000 bookings, whole and by each view."""
    overall = rates.overall()
    console.print(
        f"{rates.events:,} events, {overall['bookings']:,} bookings in {seconds:.1f} s "
        f"({rates.events / max(seconds, 1e-9):,.0f} events/s)"
    )
    console.print(_rates_table("All bookings", {"all": overall}))
    for view in VIEWS:
        if view not in GROUPED_BY:
            console.print(_rates_table(f"By {view}", dict(list(rates.table(view).items())[:_MOST_ROWS])))
    for view in GROUPED_BY:
        _show_groups(console, view, group_rates(rates.table(view)))


def _show_groups(console: Console, view: str, groups: Sequence[GroupRates]) -> None:
    """Whether some are alerted about more than others: the largest groups, and every one that differs."""
    shown = [one for place, one in enumerate(groups) if place < _MOST_ROWS or one.notes]
    table = Table(
        title=f"By {view}: how many, and per 1,000 bookings with 95 % intervals", title_justify="left", padding=(0, 0)
    )
    table.add_column("")
    for name in ("bookings", "alerts", "reviews"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in shown:
        note = ", ".join(one.notes) if one.enough else "[dim]too few[/dim]"
        table.add_row(
            one.label,
            f"{one.bookings:,}",
            f"{one.alerts}: {_per_mille(one.alert_rate)}",
            f"{one.reviews}: {_per_mille(one.review_rate)}",
            note,
        )
    console.print(table)
    if len(shown) < len(groups):
        console.print(f"[dim]{len(groups) - len(shown)} smaller groups are not shown; --json has them all[/dim]")


def _per_mille(rate: Share) -> str:
    if rate.share is None or rate.low is None or rate.high is None:
        return "–"
    return f"{1000 * rate.share:.1f} ({1000 * rate.low:.1f}–{1000 * rate.high:.1f})"


def _rates_table(title: str, rows: dict[str, Counter[str]]) -> Table:
    table = Table(title=f"{title}: decisions per 1,000 bookings", title_justify="left")
    table.add_column("")
    for name in ("bookings", "review", "warn", "hold recommended"):
        table.add_column(name, justify="right")
    for label, row in rows.items():
        count = row["bookings"]
        table.add_row(
            label,
            f"{count:,}",
            *(f"{1000 * row[decision] / count:.1f}" for decision in ("review", "warn", "hold_recommended")),
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "–"
