"""`policy check` and `policy diff`: what somebody does who edits a ruleset, without touching anything that runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import to_builtins
from msgspec.json import encode
from rich.console import Console

from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.policy import documents, show
from pickupctl.policy.live import published
from risk_scorer.policy import shipped
from risk_scorer.policy.compile import Program
from risk_scorer.policy.diff import difference
from risk_scorer.policy.ruleset import Ruleset

_console = Console()
_SOON = timedelta(days=30)


def check(
    file: Annotated[Path, typer.Argument(help="A ruleset as YAML.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Check a ruleset: types, signals, ids, bands, what rules make of the unknown; its examples are run.

    Every fault is shown with line and column; exit status 2 when there is one. Nothing is published.
    """
    _, program = documents.read(file)
    facts = summary(program, datetime.now(UTC).date())
    if as_json:
        typer.echo(encode(facts).decode())
        return
    ruleset = program.ruleset
    _console.print(f"[green]✓[/green] {ruleset.name} {ruleset.version} can be used", highlight=False)
    _console.print(
        f"  {facts['rules']} rules ({facts['shadow']} in shadow) read {facts['signals']} signals; "
        f"{facts['examples']} examples hold",
        highlight=False,
    )
    for word, names in (("review is overdue", facts["overdue"]), ("review is due within 30 days", facts["due"])):
        if names:
            _console.print(f"  [yellow]{word}:[/yellow] {show.some(names)}", highlight=False)


def diff(
    file: Annotated[Path, typer.Argument(help="A ruleset as YAML.")],
    against: Annotated[
        Path | None, typer.Option(help="The ruleset to compare with, in place of the one that is live.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Show what a ruleset changes: rules added, removed and changed, with what they were; bands."""
    _, program = documents.read(file)
    before, name = base(against, program.ruleset.name)
    found = difference(before.ruleset, program.ruleset)
    if as_json:
        typer.echo(encode({"against": name, "effective": found.effective, **to_builtins(found)}).decode())
        return
    show.difference(_console, found, f"{name} → {file}")


def base(against: Path | None, name: str) -> tuple[Program, str]:
    """The ruleset to measure against, and what to call it: the file, or what is live, or what is shipped."""
    if against is not None:
        return documents.read(against)[1], str(against)
    if connect.optional("PICKUP_KAFKA_BOOTSTRAP") is None:
        raise CommandFault(
            "PICKUP_KAFKA_BOOTSTRAP is not set, so what is live can't be known: set it, or give --against FILE"
        )
    document = connect.run(published(connect.broker())).rulesets.get(name)
    if document is None:
        return shipped.program(), f"shipped {shipped.program().ruleset.version}"
    return documents.usable(document.text, f"{name} {document.version}"), f"live {document.version}"


def summary(program: Program, today: date) -> dict[str, Any]:
    """What a ruleset holds, in numbers and in the names that need somebody's attention."""
    ruleset: Ruleset = program.ruleset
    return {
        "name": ruleset.name,
        "version": ruleset.version,
        "fingerprint": ruleset.fingerprint,
        "rules": len(ruleset.rules),
        "shadow": sum(rule.shadow for rule in ruleset.rules),
        "signals": len(program.signals),
        "examples": len(ruleset.examples) + sum(len(rule.examples) for rule in ruleset.rules),
        "overdue": [rule.id for rule in ruleset.rules if rule.review_by < today],
        "due": [rule.id for rule in ruleset.rules if today <= rule.review_by < today + _SOON],
    }
