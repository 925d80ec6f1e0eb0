"""`pickupctl drill`: send a made-up booking the whole way, now, and see how long each leg takes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from notifier.drills.course import Course
from notifier.drills.drill import LEGS, Drill, seconds
from notifier.drills.store import DrillStore
from pickup_contracts.drills import OPERATOR
from pickup_contracts.operator import OperatorProfile, Webhook
from pickup_runtime.clock import SystemClock
from pickupctl import connect
from pickupctl.commands import keys, operator, secret
from pickupctl.errors import CommandFault

app = typer.Typer(help="Drills: a made-up booking goes the whole way.", invoke_without_command=True)
_console = Console()


@app.callback(epilog="Example: pickupctl drill")
def run(context: typer.Context) -> None:
    """Run one now and show its legs. Status 1 when it is missed."""
    if context.invoked_subcommand is not None:
        return
    drill = connect.run(_run())
    taken = seconds(drill)
    table = Table("leg", "took")
    for leg in LEGS:
        table.add_row(leg, f"{taken[leg]:.2f} s" if leg in taken else "not reached")
    _console.print(table)
    if not drill.passed:
        _console.print(f"missed: {drill.broken_leg}")
        raise typer.Exit(1)


@app.command(epilog="Example: pickupctl drill setup https://test-recipient.example/drills")
def setup(webhook: Annotated[str, typer.Argument(help="Where drills are told to: a test recipient.")]) -> None:
    """Make the operator that drills belong to, and show its API key (PICKUP_DRILL_KEY) and signing secret once."""
    key = connect.run(make(webhook, signing := secret.new_secret()))
    typer.echo(f"PICKUP_DRILL_KEY={key}")
    typer.echo(f"signing secret: {signing}")


@app.command("list")
def list_(count: Annotated[int, typer.Option(help="How many of the newest.")] = 24) -> None:
    """Show the last drills."""
    table = Table("sent", "drill", *LEGS, "result")
    for one in connect.run(_last(count)):
        taken = seconds(one)
        result = "passed" if one.passed else f"missed: {one.broken_leg}" if one.ended_at else "under way"
        cells = [f"{taken[leg]:.2f} s" if leg in taken else "" for leg in LEGS]
        table.add_row(f"{one.sent_at:%Y-%m-%d %H:%M:%S}", one.drill_id, *cells, result)
    _console.print(table)


async def make(webhook: str, signing: str) -> str:
    """Set up the drills' operator, whose recipient checks signatures with that secret; returns its API key."""
    await secret.put(OPERATOR, "webhook", signing)
    profile = OperatorProfile(operator_id=OPERATOR, name="Drills", webhook=Webhook(url=webhook))
    await operator.publish(connect.broker(), profile)
    return await keys.add(OPERATOR, "drills")


async def _run() -> Drill:
    port = connect.optional("PICKUP_INGEST_PORT") or "8080"
    url = connect.optional("PICKUP_DRILL_INGEST_URL") or f"http://127.0.0.1:{port}"
    key = connect.optional("PICKUP_DRILL_KEY")
    if key is None:
        raise CommandFault("PICKUP_DRILL_KEY is not set: `pickupctl drill setup URL` makes one")

    async def said_below(_: Drill, *, known: bool) -> None:
        """Whoever runs it by hand sees it."""

    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        course = Course(DrillStore(pool), SystemClock(), url=url, api_key=key, allowed_s=60, alarm=said_below)
        try:
            drill = await course.one()
            assert drill is not None, "only an hour's drill can be another's"
            return drill
        finally:
            await course.close()


async def _last(count: int) -> list[Drill]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        return await DrillStore(pool).last(count)
