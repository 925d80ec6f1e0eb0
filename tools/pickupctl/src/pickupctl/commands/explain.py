"""`pickupctl explain OPERATOR/BOOKING`: why a stored assessment came out as it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from msgspec import to_builtins
from msgspec.json import encode
from rich.console import Console

from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.explain import show
from pickupctl.explain.stored import Wanted, assessments, explained

EPILOG = """Examples:

pickupctl explain op-taxi-1/J-20418

pickupctl explain op-taxi-1/J-20418 --all

pickupctl explain op-taxi-1/J-20418 --version 2 --rules --unknown

pickupctl explain op-taxi-1/J-20418 --json | jq .again
"""
_console = Console()


def explain(
    booking: Annotated[str, typer.Argument(help="OPERATOR/BOOKING.", metavar="OPERATOR/BOOKING")],
    version: Annotated[
        int | None, typer.Option(min=1, help="The assessment of this version of the booking; else the newest.")
    ] = None,
    assessment: Annotated[UUID | None, typer.Option(help="The assessment with this id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List all assessments of the booking instead.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Also list the rules that did not fire.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Also list the signals that were not known.")] = False,
    ruleset: Annotated[
        Path | None, typer.Option(help="The ruleset of then, when it was neither published nor shipped.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Show why a booking was judged as it was, and judge it again from what was stored.

    Names, phones, addresses and free text are never shown: only that they are there.
    Exit status 1 when the stored signals do not give the same answer again, or can't be judged again.
    """
    operator_id, _, booking_id = booking.partition("/")
    if not operator_id or not booking_id:
        raise CommandFault("name the booking as OPERATOR/BOOKING, for example op-taxi-1/J-20418")
    if version is not None and assessment is not None:
        raise CommandFault("give --version or --assessment, not both")
    wanted = Wanted(operator_id, booking_id, version, assessment, ruleset)
    if every:
        rows = [row.assessment for row in connect.run(assessments(wanted))]
        if as_json:
            _write(rows)
        else:
            show.every(_console, wanted.name, rows)
        return
    found = connect.run(explained(wanted))
    if as_json:
        _write(found)
    else:
        show.explanation(_console, found, rules=rules, unknown=unknown)
    if not found.again.same:
        raise typer.Exit(1)


def _write(what: Any) -> None:
    typer.echo(encode(to_builtins(what)).decode())
