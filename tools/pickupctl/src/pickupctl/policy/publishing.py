"""`policy publish`, `history` and `rollback`: what workers judge by, and how it came to be."""

from __future__ import annotations

import asyncio
import getpass
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pickup_contracts.policy import RulesetDocument
from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.policy import documents, show
from pickupctl.policy.editing import base
from pickupctl.policy.live import publish as send
from pickupctl.policy.live import published
from pickupctl.policy.status import ALIVE_FOR
from pickupctl.policy.trying import stored
from risk_scorer.policy.compile import Program
from risk_scorer.policy.diff import difference
from risk_scorer.policy_store import PolicyStore

EPILOG = """Examples:

pickupctl policy publish uk-courier-fraud.yaml --note 'relay jobs at petrol stations'

pickupctl policy publish uk-courier-fraud.yaml --yes --by release-pipeline
"""
_console = Console()
#: Workers read the topic five times a second; one that takes longer than this has a reason.
_SWITCH_S = 10.0
_By = Annotated[str | None, typer.Option(help="Who publishes; the name of this account unless given.")]
_Note = Annotated[str, typer.Option(help="What for, in the history.")]
_Yes = Annotated[bool, typer.Option(help="Do not ask.")]
_Days = Annotated[int, typer.Option(min=1, help="How far back the blast radius looks.")]
_Name = Annotated[str, typer.Option("--name", help="The policy.")]


def publish(
    file: Annotated[Path, typer.Argument(help="A ruleset as YAML.")],
    by: _By = None,
    note: _Note = "",
    yes: _Yes = False,
    force: Annotated[bool, typer.Option(help="Even if there would be more than twice the alerts.")] = False,
    days: _Days = 7,
) -> None:
    """Check a ruleset, show what it changes and whom that touches, ask, and publish it.

    Workers judge by it within five seconds. Refused: a ruleset that does not pass its check, a version that was
    published with other content, and, without --force, one that would more than double the alerts.
    """
    text, program = documents.read(file)
    ruleset = program.ruleset
    before, name = base(None, ruleset.name)
    connect.run(_refusals(program))
    if before.ruleset.fingerprint == ruleset.fingerprint and name.startswith("live"):
        _console.print(f"{ruleset.name} {ruleset.version} is live already")
        return
    if before.ruleset.version == ruleset.version and before.ruleset.fingerprint != ruleset.fingerprint:
        raise CommandFault(f"version {ruleset.version} is that of the {name.split()[0]} ruleset: give this one its own")
    show.difference(_console, difference(before.ruleset, ruleset), f"{name} → {file}")
    doubles = _blast_radius(before, program, f"{name} → {file}", days)
    if doubles and not force:
        raise CommandFault(
            "refused: there would be more than twice the alerts. Tune it and try `pickupctl policy backtest`, "
            "or publish it with --force"
        )
    _ask(f"Publish {ruleset.name} {ruleset.version}?", yes)
    _go_live(_document(text, program, by, note))


def history(
    name: _Name = documents.NAME,
    most: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
) -> None:
    """Show what was published, newest first: version, when, by whom, what for."""
    rows = connect.run(_history(name, most))
    if not rows:
        _console.print(f"nothing was published as {name}: workers use the ruleset that they were installed with")
        return
    live = connect.run(published(connect.broker())).rulesets.get(name)
    table = Table("version", "fingerprint", "published", "by", "note", "")
    marked = False
    for row in rows:
        is_live = not marked and live is not None and row.fingerprint == live.fingerprint
        marked = marked or is_live
        table.add_row(
            row.version, row.fingerprint[:12], f"{row.published_at:%Y-%m-%d %H:%M:%S}", row.published_by, row.note,
            "[green]live[/green]" if is_live else "",
        )  # fmt: skip
    _console.print(table)


def rollback(
    version: Annotated[str, typer.Argument(help="A version that was published, as `policy history` shows it.")],
    name: _Name = documents.NAME,
    by: _By = None,
    note: _Note = "",
    yes: _Yes = False,
    days: _Days = 7,
) -> None:
    """Publish an earlier version again. It is checked and its blast radius shown; nothing but you refuses it."""
    rows = connect.run(_history(name, 1000))
    chosen = next((row for row in rows if row.version == version), None)
    if chosen is None:
        known = ", ".join(dict.fromkeys(row.version for row in rows)) or "nothing"
        raise CommandFault(f"{name} {version} was never published. Published were: {known}")
    program = documents.usable(chosen.text, f"{name} {version}")
    before, live = base(None, name)
    if before.ruleset.fingerprint == chosen.fingerprint and live.startswith("live"):
        _console.print(f"{name} {version} is live already")
        return
    show.difference(_console, difference(before.ruleset, program.ruleset), f"{live} → {version}")
    _blast_radius(before, program, f"{live} → {version}", days)
    _ask(f"Publish {name} {version} again?", yes)
    _go_live(_document(chosen.text, program, by, note or f"rollback from {before.ruleset.version}"))


def _document(text: str, program: Program, by: str | None, note: str) -> RulesetDocument:
    ruleset = program.ruleset
    return RulesetDocument(
        name=ruleset.name,
        version=ruleset.version,
        text=text,
        fingerprint=ruleset.fingerprint,
        published_at=datetime.now(UTC),
        published_by=(by or getpass.getuser())[:200],
        note=note[:200],
    )


def _blast_radius(before: Program, after: Program, title: str, days: int) -> bool:
    """Show what would have changed; whether there would be more than twice the alerts."""
    report, unread = stored(before, after, days=days)
    if not report.bookings:
        _console.print(
            f"[yellow]no bookings are stored of the last {days} days: its blast radius is not known[/yellow]"
        )
        return False
    show.backtest(_console, report, f"Blast radius, last {days} days: {title}")
    show.unread(_console, unread)
    return report.more_than_doubles


def _ask(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        _console.print("nothing was published")
        raise typer.Exit(1)


def _go_live(document: RulesetDocument) -> None:
    connect.run(_publish(document))
    _console.print(f"[green]published[/green] {document.name} {document.version}", highlight=False)
    started = time.monotonic()
    running, workers, faults = connect.run(_wait(document))
    if not workers:
        _console.print("no worker is running; the next one to start will use it")
        return
    seconds = f"after {time.monotonic() - started:.1f} s"
    _console.print(f"{running} of {workers} workers judge by it {seconds}", highlight=False)
    for fault in faults:
        _console.print(f"[red]{fault}[/red]", markup=True, highlight=False)
    if running < workers:
        raise CommandFault("some workers do not judge by it: `pickupctl policy status` says which, and why")


async def _publish(document: RulesetDocument) -> None:
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        await send(connect.broker(), pool, document)


async def _wait(document: RulesetDocument) -> tuple[int, int, list[str]]:
    """How many of how many workers judge by it, as soon as all do or after a while; and what they can't use."""
    ends = time.monotonic() + _SWITCH_S
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        while True:
            now = datetime.now(UTC)
            alive = [one for one in await PolicyStore(pool).workers() if now - one.seen_at < ALIVE_FOR]
            running = sum(one.fingerprint == document.fingerprint for one in alive)
            if running == len(alive) or time.monotonic() > ends:
                return running, len(alive), sorted({one.fault for one in alive if one.fault})
            await asyncio.sleep(0.2)


async def _history(name: str, most: int) -> list[RulesetDocument]:
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        return await PolicyStore(pool).history(name, most=most)


async def _refusals(program: Program) -> None:
    """Refuse what would do nothing, or what would give one version two meanings."""
    ruleset = program.ruleset
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        store = PolicyStore(pool)
        followed = {one.ruleset_name for one in await store.workers()} or {documents.NAME}
        if ruleset.name not in followed:
            raise CommandFault(
                f"the workers follow {' and '.join(sorted(followed))}: a ruleset called {ruleset.name} would do nothing"
            )
        for row in await store.history(ruleset.name, most=1000):
            if row.version == ruleset.version and row.fingerprint != ruleset.fingerprint:
                raise CommandFault(
                    f"version {ruleset.version} was published on {row.published_at:%Y-%m-%d} with other content: "
                    "give this one a version of its own"
                )
