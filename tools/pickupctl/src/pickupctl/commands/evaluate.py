"""`pickupctl evaluate`: labelled cases, or a stream of traffic, through the real scorer."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
import uvloop
from msgspec.json import encode
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pickupctl.errors import CommandFault, InputFault
from pickupctl.evaluate.cases import Result, Totals, read_cases, run_cases, total
from pickupctl.evaluate.engine import engine
from pickupctl.evaluate.fairness import GROUPED_BY, group_rates
from pickupctl.evaluate.report import show_cases, show_traffic
from pickupctl.evaluate.traffic import VIEWS, Rates, read_events, run_traffic
from pickupctl.files import text_of, written
from risk_scorer.errors import RulesetFault
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program

EPILOG = """Examples:

pickupctl evaluate tests/fixtures/cases/*.jsonl

pickupctl evaluate --json cases.jsonl > report.json

pickupctl evaluate --traffic fortnight.jsonl --decisions decisions.jsonl
"""


def evaluate(
    files: Annotated[list[Path] | None, typer.Argument(help="Labelled cases, one JSON document a line.")] = None,
    traffic: Annotated[Path | None, typer.Option(help="A time-ordered stream of BookingEvents instead.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="With --traffic: one line a booking is written here.")] = None,
    ruleset: Annotated[Path | None, typer.Option(help="A ruleset in place of the one that is shipped.")] = None,
    link_operators: Annotated[bool, typer.Option(help="With --traffic: all operators share links.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Run bookings through the scorer with a database of its own, in event time. Exit 1 when a case falls short."""
    program = read_program(ruleset)
    if traffic is not None:
        if files:
            raise CommandFault("give either case files or --traffic, not both")
        rates, seconds = uvloop.run(_traffic(program, traffic, link_operators))
        if decisions is not None:
            with written(decisions) as out:
                for booking in rates.bookings.values():
                    out.write(encode(booking) + b"\n")
        if as_json:
            sys.stdout.write(encode(_traffic_document(rates, seconds)).decode() + "\n")
        else:
            show_traffic(Console(), rates, seconds)
        return
    if not files:
        raise CommandFault("name at least one file of labelled cases, or give --traffic FILE")
    results, totals = uvloop.run(_cases(program, files))
    if as_json:
        sys.stdout.write(encode({"cases": [_line(result) for result in results], "totals": totals}).decode() + "\n")
    else:
        show_cases(Console(), results, totals)
    if totals.short:
        raise typer.Exit(1)


async def _cases(program: Program, files: list[Path]) -> tuple[list[Result], Totals]:
    cases = list(read_cases(files))
    if not cases:
        raise InputFault(f"no case in {', '.join(map(str, files))}")
    results: list[Result] = []
    async with engine(program) as run:
        with _progress() as progress:
            task = progress.add_task("cases", total=len(cases))
            async for result in run_cases(run, cases):
                results.append(result)
                progress.advance(task)
    return results, total(cases, results)


async def _traffic(program: Program, path: Path, link_operators: bool) -> tuple[Rates, float]:
    if not path.is_file():
        raise InputFault(f"{path}: no such file")
    rates = Rates()
    async with engine(program) as run:
        scorer = run.scorer(opted_in=lambda _: link_operators)
        started = time.perf_counter()
        with _progress() as progress:
            task = progress.add_task("traffic (bytes)", total=path.stat().st_size)
            async for done in run_traffic(scorer, read_events(run, path), rates):
                progress.update(task, completed=done)
        if not rates.events:
            raise InputFault(f"{path}: no event in it")
        return rates, time.perf_counter() - started


def _traffic_document(rates: Rates, seconds: float) -> dict[str, Any]:
    return {
        "events": rates.events,
        "seconds": seconds,
        "overall": dict(rates.overall()),
        "by": {view: {label: dict(row) for label, row in rates.table(view).items()} for view in VIEWS},
        "fairness": {view: group_rates(rates.table(view)) for view in GROUPED_BY},
    }


def _line(result: Result) -> dict[str, Any]:
    kept = ("case_id", "label", "decision", "score", "pattern", "reasons", "meets")
    whole: dict[str, Any] = msgspec.to_builtins(result)
    return {name: whole[name] for name in kept}


def read_program(ruleset: Path | None) -> Program:
    """The ruleset in a file, or the one that is shipped.

    Raises:
        CommandFault: it can't be read, or is refused; says where.
    """
    try:
        if ruleset is None:
            return shipped.program()
        return checked(text_of(ruleset), source=str(ruleset))
    except RulesetFault as error:
        raise CommandFault(str(error)) from None


def _progress() -> Progress:
    """A bar on standard error, so that standard output stays clean."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
