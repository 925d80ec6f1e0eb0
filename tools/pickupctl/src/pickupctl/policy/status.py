"""`policy status`: what is published, and what each worker judges by."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from msgspec import to_builtins
from msgspec.json import encode
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pickupctl import connect
from pickupctl.policy import documents
from pickupctl.policy.live import Published, published
from risk_scorer.policy_store import PolicyStore, WorkerReport

#: A worker reports every two seconds; one that is silent for longer than this is not running.
ALIVE_FOR = timedelta(seconds=15)
_console = Console()


def status(
    name: Annotated[str, typer.Option("--name", help="The policy.")] = documents.NAME,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Show what is published and what each worker judges by, what it can't use, and how rules in shadow do.

    Exit status 1 when a worker that is running judges by something else than what is published.
    """
    found = connect.run(published(connect.broker()))
    workers = connect.run(_workers())
    now = datetime.now(UTC)
    alive = [worker for worker in workers if now - worker.seen_at < ALIVE_FOR]
    live = found.rulesets.get(name)
    behind = [worker for worker in alive if worker.fault or (live and worker.fingerprint != live.fingerprint)]
    if as_json:
        typer.echo(encode(_document(found, name, workers, now)).decode())
    else:
        _show(found, name, workers, now)
    if behind:
        raise typer.Exit(1)


def _show(found: Published, name: str, workers: list[WorkerReport], now: datetime) -> None:
    live = found.rulesets.get(name)
    if live is None:
        _console.print(f"{name}: nothing is published; workers use what they were installed with")
    else:
        _console.print(
            f"{name} [bold]{escape(live.version)}[/bold] ({live.fingerprint[:12]}) is published, since "
            f"{live.published_at:%Y-%m-%d %H:%M:%S} by {escape(live.published_by)}",
            highlight=False,
        )
    entries = Counter(entry.list_name for entry in found.entries.values() if entry.live(now))
    _console.print(
        f"live entries: watch list {entries['watch']}, trust list {entries['trust']}; "
        f"operators with overrides: {len(found.overrides)}",
        highlight=False,
    )
    for key in found.unreadable:
        _console.print(f"[red]what stands under {escape(key)} can't be read[/red]", highlight=False)
    table = Table("worker", "version", "since", "assessed", "seen", "")
    table.columns[0].no_wrap = True
    for worker in workers:
        alive = now - worker.seen_at < ALIVE_FOR
        word = "[green]as published[/green]" if live and worker.fingerprint == live.fingerprint else ""
        if live and worker.fingerprint != live.fingerprint:
            word = "[red]not what is published[/red]"
        table.add_row(
            worker.worker_id,
            f"{worker.version} ({worker.fingerprint[:12]})",
            f"{worker.since:%Y-%m-%d %H:%M:%S}",
            f"{worker.assessed:,}",
            f"{max(0, round((now - worker.seen_at).total_seconds()))} s ago",
            word if alive else "[dim]not running[/dim]",
        )
    if workers:
        _console.print(table)
    else:
        _console.print("no worker has reported within a day")
    for worker in workers:
        if worker.fault and now - worker.seen_at < ALIVE_FOR:
            _console.print(f"[red]{worker.worker_id} can't use:[/red] {escape(worker.fault)}", highlight=False)
    if shadow := _shadow(workers, now):
        table = Table("rule in shadow", "true of", "of states assessed", title_justify="left")
        assessed = sum(worker.assessed for worker in workers if now - worker.seen_at < ALIVE_FOR)
        for rule, count in shadow.most_common():
            table.add_row(rule, f"{count:,}", f"{assessed:,}")
        _console.print(table)


def _shadow(workers: list[WorkerReport], now: datetime) -> Counter[str]:
    counted: Counter[str] = Counter()
    for worker in workers:
        if now - worker.seen_at < ALIVE_FOR:
            counted.update(worker.shadow)
    return counted


def _document(found: Published, name: str, workers: list[WorkerReport], now: datetime) -> dict[str, Any]:
    live = found.rulesets.get(name)
    head = ("name", "version", "fingerprint", "published_at", "published_by", "note")
    return {
        "published": None if live is None else {field: getattr(live, field) for field in head},
        "lists": Counter(entry.list_name for entry in found.entries.values() if entry.live(now)),
        "overrides": sorted(found.overrides),
        "workers": [{**to_builtins(one), "running": now - one.seen_at < ALIVE_FOR} for one in workers],
        "shadow": _shadow(workers, now),
    }


async def _workers() -> list[WorkerReport]:
    async with connect.pool("PICKUP_SCORER_DSN", "scorer") as pool:
        return await PolicyStore(pool).workers()
