"""`pickupctl operator`: how a firm is set up, checked and published whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer
import yaml
from rich.console import Console
from rich.table import Table

from notifier.alerts.templates import all_texts
from pickup_contracts.cloudevents import headers
from pickup_contracts.codec import encode
from pickup_contracts.operator import OperatorProfile, ProfileFault, profile_faults
from pickup_contracts.topics import OPERATORS
from pickup_runtime.clock import SystemClock
from pickup_runtime.kafka import send_and_wait, start_producer
from pickup_runtime.operators import read_all
from pickup_runtime.yaml_places import Places, place_of
from pickupctl import connect, timeline
from pickupctl.errors import CommandFault, InputFault


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
    connect.run(publish(connect.setting("PICKUP_KAFKA_BOOTSTRAP"), profile))
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
    for profile in connect.run(read_all(connect.setting("PICKUP_KAFKA_BOOTSTRAP"))):
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
    profile = msgspec.to_builtins(_published(operator_id))
    typer.echo(yaml.safe_dump(profile, sort_keys=False, allow_unicode=True), nl=False)


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
            begins=begins,
            window=timedelta(minutes=minutes),
            driver_phone=driver_phone,
            urgent=recall or decision is Told.hold_recommended,
            recall=recall,
        )
    )


@app.command()
def check(file: Annotated[Path, typer.Argument(help="One OperatorProfile as YAML.")]) -> None:
    """Check a profile without publishing it; a fault names line, column and field."""
    profile = read_profile(file)
    _console.print(f"{profile.operator_id}: whole")


def _published(operator_id: str) -> OperatorProfile:
    for profile in connect.run(read_all(connect.setting("PICKUP_KAFKA_BOOTSTRAP"))):
        if profile.operator_id == operator_id:
            return profile
    raise CommandFault("no such operator: `pickupctl operator list` shows them")


def read_profile(file: Path) -> OperatorProfile:
    """A checked profile.

    Raises:
        InputFault: naming file, line, column and field.
    """
    try:
        text = file.read_text()
        node, document = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except OSError as error:
        raise InputFault(f"{file}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputFault(f"{file}{where}: not valid YAML: {error.problem}") from None
    try:
        profile = msgspec.convert(document, OperatorProfile)
        if profile.time_zone is not None:
            ZoneInfo(profile.time_zone)
        for fault in (*profile_faults(profile), *_language_faults(profile)):
            line, column = Places(node).at(fault.path)
            field = ".".join(map(str, fault.path))
            raise InputFault(f"{file}, line {line}, column {column}: {field}: {fault.reason}")
    except msgspec.ValidationError as error:
        path, message = place_of(str(error))
        line, column = Places(node).at(path)
        raise InputFault(f"{file}, line {line}, column {column}: {message}") from None
    except (ZoneInfoNotFoundError, ValueError):
        line, column = Places(node).at(("time_zone",))
        raise InputFault(
            f"{file}, line {line}, column {column}: time_zone: no such zone; Europe/London is one"
        ) from None
    return profile


def _language_faults(profile: OperatorProfile) -> Iterator[ProfileFault]:
    """Languages that there are no texts in, or only texts that nobody has reviewed and the profile does not ask for."""
    known = all_texts()
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("language",), profile.language),
        *((("driver_languages", driver), language) for driver, language in profile.driver_languages.items()),
        *((("unreviewed_languages", index), language) for index, language in enumerate(profile.unreviewed_languages)),
    ]
    for path, language in places:
        if language not in known:
            yield ProfileFault(path, f"no texts in this language; one of {', '.join(sorted(known))}")
        elif not known[language].reviewed and language not in profile.unreviewed_languages:
            yield ProfileFault(path, "nobody has reviewed its texts: list it under unreviewed_languages to use them")


async def publish(bootstrap: str, profile: OperatorProfile) -> None:
    """Publish one profile and wait until the broker has it."""
    producer = await start_producer(bootstrap)
    try:
        await send_and_wait(
            producer,
            OPERATORS,
            key=profile.operator_id.encode(),
            value=encode(profile),
            headers=headers(
                "pickup.operator.published",
                event_id=profile.operator_id,
                operator_id=profile.operator_id,
                subject=profile.operator_id,
                at=SystemClock().now(),
            ),
            timeout_s=15,
        )
    finally:
        await producer.stop()
