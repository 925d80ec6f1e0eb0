"""`pickupctl operator`: how a firm is set up, checked and published whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from notifier.alerts.preview import preview
from notifier.alerts.templates import languages
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.broker import Address
from pickup_runtime.clock import SystemClock
from pickup_runtime.kafka import start_producer
from pickup_runtime.operators import read_all
from pickup_runtime.profile_yaml import ProfileNotWhole, as_yaml, parse_profile, publish_profile
from pickupctl import connect, timeline
from pickupctl.errors import CommandFault, InputFault
from pickupctl.files import text_of


class Told(StrEnum):
    warn = "warn"
    hold_recommended = "hold_recommended"


app = typer.Typer(
    help="How a firm is set up: name, time zone, webhook, lead time, who is told and when.", no_args_is_help=True
)
_console = Console()


@app.command(epilog="Example: pickupctl operator apply docs/examples/operator.yaml")
def apply(file: Annotated[Path, typer.Argument(help="One OperatorProfile as YAML.")]) -> None:
    """Check a profile and publish it; the services use it within a second."""
    profile = read_profile(file)
    connect.run(publish(connect.broker(), profile))
    _console.print(f"{profile.operator_id}: published")
    if profile.webhook is not None:
        name = profile.webhook.secret
        _console.print(
            f"its webhook is signed with secret {name!r}: `pickupctl secret set {profile.operator_id} {name}`"
        )


@app.command("list")
def list_() -> None:
    """Show every operator."""
    table = Table("operator", "name", "services", "time zone", "webhook", "lead time")
    for column in table.columns:
        # An id that is cut off can't be copied.
        column.overflow = "fold"
    for profile in connect.run(read_all(connect.broker())):
        table.add_row(
            profile.operator_id,
            profile.name,
            ", ".join(profile.services),
            profile.time_zone or "–",
            profile.webhook.url if profile.webhook else "–",
            f"{profile.default_lead_time_s} s",
        )
    _console.print(table)


@app.command()
def show(operator_id: str) -> None:
    """Show one operator's profile as YAML, ready to be edited and applied."""
    typer.echo(as_yaml(_published(operator_id)), nl=False)


@app.command(epilog="Example: pickupctl operator ladder docs/examples/operator.yaml --minutes 12")
def ladder(
    operator: Annotated[str, typer.Argument(help="An operator's id, or a profile as a YAML file.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="How long there is until the driver collects.")] = 15.0,
    at: Annotated[
        datetime | None, typer.Option(help="When it begins, on the operator's clock; now if left out.")
    ] = None,
    driver_phone: Annotated[bool, typer.Option(help="Whether the driver's phone is known.")] = True,
    decision: Annotated[Told, typer.Option(help="What the scorer says.")] = Told.warn,
    recall: Annotated[bool, typer.Option(help="The goods are on board already.")] = False,
) -> None:
    """Show whom an alert would reach, by which channel and when, if nobody took it on."""
    profile = read_profile(Path(operator)) if Path(operator).is_file() else _published(operator)
    begins = timeline.moment(profile, at or SystemClock().now())
    _console.print(
        timeline.table(
            profile,
            preview(
                profile,
                begins=begins,
                window=timedelta(minutes=minutes),
                driver_phone=driver_phone,
                urgent=recall or decision is Told.hold_recommended,
                recall=recall,
            ),
        )
    )


@app.command()
def check(file: Annotated[Path, typer.Argument(help="One OperatorProfile as YAML.")]) -> None:
    """Check a profile without publishing it; a fault names line, column and field."""
    profile = read_profile(file)
    _console.print(f"{profile.operator_id}: whole")


def _published(operator_id: str) -> OperatorProfile:
    for profile in connect.run(read_all(connect.broker())):
        if profile.operator_id == operator_id:
            return profile
    raise CommandFault("no such operator: `pickupctl operator list` shows them")


def read_profile(file: Path) -> OperatorProfile:
    """A checked profile.

    Raises:
        InputFault: naming file, line, column and field.
    """
    text = text_of(file)
    try:
        return parse_profile(text, languages())
    except ProfileNotWhole as fault:
        raise InputFault(f"{file}, {fault}") from None


async def publish(kafka: Address, profile: OperatorProfile) -> None:
    """Publish one profile and wait until the broker has it."""
    producer = await start_producer(kafka, waits=False)
    try:
        await publish_profile(producer, profile)
    finally:
        await producer.stop()
