"""What `policy` shows in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pickup_contracts.assessment import DECISIONS
from pickupctl.policy.backtest import CasesReport
from risk_scorer.policy.backtest import Flip, Report
from risk_scorer.policy.diff import Difference

_WORDS = {
    "when": "condition",
    "band_floor": "at least",
    "band_ceiling": "at most",
    "review_by": "review by",
    "bands.review": "review from",
    "bands.warn": "warn from",
    "bands.hold_recommended": "hold recommended from",
}
_MOST = 20


def difference(console: Console, found: Difference, title: str) -> None:
    """A difference, rule by rule."""
    console.print(f"[bold]{escape(title)}[/bold]", highlight=False)
    if not found:
        console.print("no difference")
        return
    for change in found.ruleset:
        _change(console, change.field, change.before, change.after)
    for term in found.terms:
        mark = "[green]+" if term.before is None else "[red]-" if term.after is None else "[yellow]~"
        console.print(f"{mark} {term.name}[/]  [dim](a term)[/dim]", highlight=False)
        _change(console, "when", term.before, term.after)
        if term.rules:
            console.print(f"    so reads otherwise: {some(term.rules)}", highlight=False)
    for rule in found.added:
        effect = f"{rule.points:+d} points" if rule.points else ""
        effect += f", at least {rule.band_floor}" if rule.band_floor else ""
        effect += f", at most {rule.band_ceiling}" if rule.band_ceiling else ""
        effect += ", in shadow" if rule.shadow else ""
        console.print(
            f"[green]+ {rule.id}[/green]  {escape(rule.title)}  [dim]({effect.strip(', ')})[/dim]", highlight=False
        )
        console.print(f"    {escape(' '.join(rule.when.split()))}", highlight=False)
    for rule in found.removed:
        console.print(f"[red]- {rule.id}[/red]  {escape(rule.title)}", highlight=False)
    for changed in found.changed:
        console.print(f"[yellow]~ {changed.rule_id}[/yellow]  {escape(changed.title)}", highlight=False)
        for change in changed.changes:
            _change(console, change.field, change.before, change.after)
    if not found.effective:
        console.print("[dim]words and dates only: no decision can come out differently[/dim]")


def backtest(console: Console, report: Report, title: str) -> None:
    """A backtest over bookings: in all, what moved, by day, by operator, rules in shadow."""
    console.print(f"[bold]{escape(title)}[/bold]", highlight=False)
    assert report.first is not None
    assert report.last is not None
    console.print(
        f"{report.bookings:,} bookings in {report.states:,} states, "
        f"{report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M}",
        highlight=False,
    )
    table = Table("", *(_spaced(decision) for decision in DECISIONS), "alerts", "per 1,000")
    for name, counts, alerts in (
        ("before", report.before, report.alerts_before),
        ("after", report.after, report.alerts_after),
    ):
        table.add_row(
            name, *(f"{counts[decision]:,}" for decision in DECISIONS), f"{alerts:,}", _rate(alerts, report.bookings)
        )
    console.print(table)
    console.print(
        f"alerts gained: {report.alerts_gained:,}, lost: {report.alerts_lost:,}; "
        f"bookings decided otherwise: {len(report.flips):,}",
        highlight=False,
    )
    _flips(console, report)
    if len(report.days) > 1:
        table = Table("day", "alerts before", "after", title="Alerts per day", title_justify="left")
        for day, row in report.days.items():
            table.add_row(str(day), f"{row.alerts_before:,}", f"{row.alerts_after:,}")
        console.print(table)
    table = Table(
        "operator", "bookings", "alerts before", "after", "per 1,000 after", "budget", title="By operator",
        title_justify="left",
    )  # fmt: skip
    for name, operator in sorted(report.operators.items(), key=lambda item: -item[1].alerts_after)[:_MOST]:
        budget = "–" if operator.budget is None else f"{operator.budget:g}"
        table.add_row(
            name,
            f"{operator.bookings:,}",
            f"{operator.alerts_before:,}",
            f"{operator.alerts_after:,}",
            _rate(operator.alerts_after, operator.bookings),
            f"[red]{budget}, over[/red]" if operator.over_budget else budget,
        )
    console.print(table)
    if report.shadow:
        table = Table(
            "rule in shadow", "bookings", "alerts more if it counted", title="Rules in shadow", title_justify="left"
        )
        for name, shadow in report.shadow.items():
            table.add_row(name, f"{shadow.bookings:,}", f"{shadow.alerts_more:,}")
        console.print(table)


def unread(console: Console, names: Sequence[str]) -> None:
    """Signals whose values of the past nobody has."""
    if names:
        console.print(
            "[yellow]not seen here:[/yellow] when some of these bookings were assessed, no rule asked for "
            f"{some(names)}, and nobody can tell any more (the history has gone on; what was booked is deleted after "
            "48 hours): rules that do now are taken as if nothing was found",
            highlight=False,
        )


def cases(console: Console, report: CasesReport, title: str) -> None:
    """Labelled cases under both rulesets: those that flip, and the totals."""
    console.print(f"[bold]{escape(title)}[/bold]", highlight=False)
    if report.flips:
        table = Table("case", "label", "before", "after", "", title="Cases that flip", title_justify="left")
        for flip in report.flips:
            word = "[dim]as asked before and after[/dim]" if flip.meets_after else "[dim]short before and after[/dim]"
            if flip.met_before != flip.meets_after:
                word = "[green]now as asked[/green]" if flip.meets_after else "[red]no longer as asked[/red]"
            table.add_row(f"{flip.case_id}\n[dim]{escape(flip.title)}[/dim]", flip.label, flip.before, flip.after, word)
        console.print(table)
    else:
        console.print("no labelled case flips")
    for name, totals in (("before", report.before), ("after", report.after)):
        console.print(
            f"{name}: scams at or above what their case asks for {totals.scams_met} of {totals.scams}; "
            f"look-alikes above their limit {totals.lookalikes_above_limit} of {totals.lookalikes}",
            highlight=False,
        )


def some(names: Sequence[str], most: int = 8) -> str:
    """A list of names, cut where it gets long."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _flips(console: Console, report: Report) -> None:
    if not report.flips:
        return
    table = Table("booking", "before", "after", "rules: + fires now, - no longer, ~ weighs otherwise")
    ordered = sorted(report.flips, key=lambda flip: -max(DECISIONS.index(flip.before), DECISIONS.index(flip.after)))
    for flip in ordered[:_MOST]:
        table.add_row(
            f"{flip.operator_id}/{escape(flip.booking_id)}",
            _spaced(flip.before),
            _spaced(flip.after),
            _rules(flip) or "the bands",
        )
    console.print(table)
    if len(report.flips) > _MOST:
        console.print(f"[dim]and {len(report.flips) - _MOST:,} more; --json shows all[/dim]")


def _rules(flip: Flip) -> str:
    marked = [("+", flip.rules_gained), ("-", flip.rules_lost), ("~", flip.rules_changed)]
    return some([f"{mark}{name}" for mark, names in marked for name in names], 6)


def _change(console: Console, field: str, before: object, after: object) -> None:
    if field == "examples":
        console.print("    examples changed")
        return
    was, now = ("–" if value is None else escape(str(value)) for value in (before, after))
    console.print(f"    {_WORDS.get(field, field)}: [red]{was}[/red] → [green]{now}[/green]", highlight=False)


def _spaced(decision: str) -> str:
    return decision.replace("_", " ")


def _rate(part: int, whole: int) -> str:
    return f"{1000 * part / whole:.1f}" if whole else "–"
