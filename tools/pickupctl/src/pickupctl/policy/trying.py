"""`policy backtest`: what a ruleset would have decided, before anybody lives with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import to_builtins
from msgspec.json import encode
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pickup_contracts.policy import OperatorOverrides
from pickupctl import connect
from pickupctl.errors import CommandFault, InputFault
from pickupctl.policy import documents, show
from pickupctl.policy.backtest import over_cases, over_stored, over_traffic
from pickupctl.policy.editing import base
from pickupctl.policy.live import published
from risk_scorer.policy.backtest import Report
from risk_scorer.policy.compile import Program

EPILOG = """Examples:

pickupctl policy backtest uk-courier-fraud.yaml --days 14

pickupctl policy backtest uk-courier-fraud.yaml --cases tests/fixtures/cases/dev_scam.jsonl

pickupctl policy backtest uk-courier-fraud.yaml --against old.yaml --traffic fortnight.jsonl --json
"""
_console = Console()


def backtest(
    file: Annotated[Path, typer.Argument(help="A ruleset as YAML.")],
    against: Annotated[
        Path | None, typer.Option(help="The ruleset to compare with, in place of the one that is live.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How far back among the stored bookings.")] = 7,
    operator_id: Annotated[str | None, typer.Option("--operator", help="Only this operator's bookings.")] = None,
    traffic: Annotated[
        Path | None, typer.Option(help="A time-ordered stream of BookingEvents, in place of stored bookings.")
    ] = None,
    cases: Annotated[
        list[Path] | None, typer.Option(help="Labelled cases, in place of stored bookings; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Try a ruleset on the past: decisions gained and lost, alerts per day and operator, labelled cases that flip.

    Without a file of bookings it takes those that the scorer has stored, by the signals that were read at the time.
    """
    _, after = documents.read(file)
    before, name = base(against, after.ruleset.name)
    title = f"{name} → {file}"
    made: dict[str, Any] = {"against": name}
    for path in (*(cases or ()), *((traffic,) if traffic is not None else ())):
        if not path.is_file():
            raise InputFault(f"{path}: no such file")
    if cases:
        with progress("labelled cases") as done:
            found = connect.run(over_cases(before, after, cases, done))
        made["cases"] = to_builtins(found)
        if not as_json:
            show.cases(_console, found, title)
    if traffic is not None:
        with progress("events") as done:
            report = connect.run(over_traffic(before, after, {}, traffic, done))
        _show(made, report, [], title, as_json)
    if not cases and traffic is None:
        report, unread = stored(before, after, days=days, operator_id=operator_id)
        _show(made, report, unread, title, as_json)
    if as_json:
        typer.echo(encode(made).decode())


def stored(before: Program, after: Program, *, days: int, operator_id: str | None = None) -> tuple[Report, list[str]]:
    """A backtest over what the scorer has stored, under the overrides that stand; and the signals that nobody read.

    Raises:
        CommandFault: broker or database can't be reached.
    """
    since = datetime.now(UTC) - timedelta(days=days)

    async def run() -> tuple[Report, list[str]]:
        overrides: dict[str, OperatorOverrides] = {}
        if connect.optional("PICKUP_KAFKA_BOOTSTRAP") is not None:
            overrides = (await published(connect.broker())).overrides
        async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
            return await over_stored(
                pool, before, after, overrides, since=since, operator_id=operator_id, progress=done
            )

    with progress("stored assessments") as done:
        return connect.run(run())


def _show(made: dict[str, Any], report: Report, unread: list[str], title: str, as_json: bool) -> None:
    made["bookings"] = to_builtins(report, str_keys=True)
    made["signals_not_stored"] = unread
    if as_json:
        return
    if not report.bookings:
        raise CommandFault(
            "no stored bookings in that time: look further back with --days, or name a file with --traffic or --cases"
        )
    show.backtest(_console, report, title)
    show.unread(_console, unread)


@contextmanager
def progress(what: str) -> Iterator[Any]:
    """A bar on standard error, so that standard output stays clean."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
