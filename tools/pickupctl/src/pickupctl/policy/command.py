"""`pickupctl policy`: its commands, in the order in which they are used."""

from __future__ import annotations

import typer

from pickupctl.policy import editing, lists, overrides, publishing, status, trying

app = typer.Typer(
    help="Rulesets, watch and trust lists, operators' overrides: check, compare, try, publish, take back.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.command(epilog="Example: pickupctl policy check uk-courier-fraud.yaml")(editing.check)
app.command(epilog="Example: pickupctl policy diff uk-courier-fraud.yaml")(editing.diff)
app.command(epilog=trying.EPILOG)(trying.backtest)
app.command(epilog=publishing.EPILOG)(publishing.publish)
app.command(epilog="Example: pickupctl policy history")(publishing.history)
app.command(epilog="Example: pickupctl policy rollback 2026.11.1 --note 'too many alerts at stations'")(
    publishing.rollback
)
app.command(epilog="Example: pickupctl policy status")(status.status)
app.add_typer(lists.app, name="list")
app.add_typer(overrides.app, name="override")
