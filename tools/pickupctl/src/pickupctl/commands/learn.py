"""`pickupctl learn`: what outcomes say of the rules, and a scorecard as a suggestion."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from pickupctl import connect
from pickupctl.commands.evaluate import read_program
from pickupctl.errors import CommandFault
from pickupctl.learning.labels import MAX_SHARE, weigh
from pickupctl.learning.rules import rule_reports
from pickupctl.learning.show import show_report, show_suggestion, summary
from pickupctl.learning.stored import Gathered, gather
from risk_scorer.outcomes.judged import JudgedStore

app = typer.Typer(
    help="What outcomes say of the rules. Nothing that is learnt changes a rule by itself.", no_args_is_help=True
)
_Days = Annotated[int, typer.Option(min=1, max=366, help="Bookings assessed in the last so many days.")]
_Ruleset = Annotated[Path | None, typer.Option(help="A ruleset in place of the one that is shipped.")]
_MaxShare = Annotated[
    float, typer.Option(min=0.01, max=1.0, help="The largest part of the labels that one operator may make up.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.command(epilog="Example: pickupctl learn report --days 90")
def report(
    days: _Days = 28, ruleset: _Ruleset = None, max_share: _MaxShare = MAX_SHARE, as_json: _AsJson = False
) -> None:
    """Show how each rule did on what was found: precision and recall with 95 % intervals, and what to look at."""
    rules = read_program(ruleset).ruleset.rules
    gathered = connect.run(_gather(days))
    weighed = weigh(gathered.cases, max_share)
    reports = rule_reports(rules, weighed, gathered.unlabelled)
    if as_json:
        _write({"summary": summary(weighed, gathered.bookings), "bookings": gathered.bookings, "rules": reports})
    else:
        show_report(Console(), reports, weighed, gathered.bookings)


@app.command(epilog="Example: pickupctl learn scorecard --days 180 --out scorecard.yaml")
def scorecard(
    out: Annotated[Path | None, typer.Option(help="Where the suggestion is written; nowhere unless given.")] = None,
    days: _Days = 90,
    ruleset: _Ruleset = None,
    max_share: _MaxShare = MAX_SHARE,
    min_fired: Annotated[
        int, typer.Option(min=5, help="A rule needs so many labelled bookings to be given points.")
    ] = 10,
    as_json: _AsJson = False,
) -> None:
    """Fit points on what was found, as a suggestion to be watched in shadow. It is never published by itself."""
    # Imported late: it brings scikit-learn, which takes a second that other commands need not pay.
    from pickupctl.learning.scorecard import document, suggest

    program = read_program(ruleset)
    gathered = connect.run(_gather(days))
    weighed = weigh(gathered.cases, max_share)
    suggestion = suggest(program.ruleset, weighed, gathered.peaks, min_fired=min_fired, max_share=max_share)
    text = document(suggestion, program.ruleset, datetime.now(UTC))
    if out is not None:
        try:
            out.write_text(text)
        except OSError as error:
            raise CommandFault(f"{out}: {error.strerror}") from None
    if as_json:
        _write({"summary": summary(weighed, gathered.bookings), "suggestion": suggestion})
        return
    console = Console()
    console.print(summary(weighed, gathered.bookings))
    show_suggestion(console, suggestion)
    if out is not None:
        console.print(f"written to {out}: PICKUP_SCORECARD_FILE={out} has it scored in shadow", markup=False)


async def _gather(days: int) -> Gathered:
    now = datetime.now(UTC)
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        return await gather(JudgedStore(pool), now - timedelta(days=days), now)


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
