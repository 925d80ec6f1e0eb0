"""`policy override`: one operator's limits, rules off and alert budget, on top of the ruleset."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from pickup_contracts.policy import BandOverride, OperatorOverrides, override_key
from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.policy import documents
from pickupctl.policy.editing import base
from pickupctl.policy.live import published, send, take_back
from risk_scorer.policy.overrides import faults

app = typer.Typer(help="An operator's own limits and rules off, on top of the ruleset.", no_args_is_help=True)
_console = Console()
_Limit = Annotated[int | None, typer.Option(min=1, max=100, help="The band's lowest score at this operator.")]


@app.command("set", epilog="Example: pickupctl policy override set op-taxi-1 --warn 70 --off urgent --budget 2")
def set_(
    operator_id: str,
    review: _Limit = None,
    warn: _Limit = None,
    hold: _Limit = None,
    off: Annotated[list[str] | None, typer.Option(help="A rule that does not count there; may be repeated.")] = None,
    budget: Annotated[
        float | None, typer.Option(min=0.001, help="Alerts per 1,000 bookings at most; backtests measure against it.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who sets it; the name of this account unless given.")] = None,
) -> None:
    """Set all of one operator's overrides: what is not given here is the ruleset's again. Live within five seconds."""
    now = datetime.now(UTC)
    try:
        made = msgspec.convert(
            {
                "operator_id": operator_id,
                "bands": BandOverride(review, warn, hold),
                "rules_off": sorted(set(off or [])),
                "alert_budget": budget,
                "published_at": now,
                "published_by": (by or getpass.getuser())[:200],
            },
            OperatorOverrides,
        )
    except msgspec.ValidationError as error:
        raise CommandFault(f"that can't be an override: {error}") from None
    ruleset = base(None, documents.NAME)[0].ruleset
    if found := list(faults(made, ruleset)):
        raise CommandFault("; ".join(found))
    connect.run(send(connect.broker(), made, now))
    _console.print(f"{operator_id}: {_words(made)}", highlight=False)


@app.command(epilog="Example: pickupctl policy override show")
def show() -> None:
    """Show every operator's overrides."""
    found = connect.run(published(connect.broker())).overrides
    if not found:
        _console.print("no operator has overrides")
        return
    table = Table("operator", "overrides", "set", "by")
    for name, one in sorted(found.items()):
        table.add_row(name, _words(one), f"{one.published_at:%Y-%m-%d %H:%M}", one.published_by)
    _console.print(table)


@app.command(epilog="Example: pickupctl policy override remove op-taxi-1")
def remove(operator_id: str) -> None:
    """Take an operator's overrides back: the ruleset alone counts there, within five seconds."""
    kafka = connect.broker()
    if operator_id not in connect.run(published(kafka)).overrides:
        raise CommandFault("that operator has no overrides: `pickupctl policy override show` shows them")
    connect.run(take_back(kafka, [override_key(operator_id)], datetime.now(UTC)))
    _console.print(f"{operator_id}: the ruleset alone")


def _words(one: OperatorOverrides) -> str:
    limits = msgspec.structs.asdict(one.bands)
    said = [f"{band.replace('_', ' ')} from {limit}" for band, limit in limits.items() if limit is not None]
    said += [f"without {', '.join(one.rules_off)}"] if one.rules_off else []
    said += [f"at most {one.alert_budget:g} alerts per 1,000 bookings"] if one.alert_budget is not None else []
    return "; ".join(said) or "nothing: the ruleset alone"
