"""`pickupctl console`: people who sign in to the dispatcher's page, and keys to it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from notifier.console.auth import PREFIX
from notifier.console_keys import ConsoleKey, ConsoleKeys
from pickup_runtime import tokens
from pickupctl import connect
from pickupctl.commands import person
from pickupctl.errors import CommandFault

app = typer.Typer(help="The dispatcher's page.", no_args_is_help=True)
key_app = typer.Typer(help="Keys to the page, for the API and for trying things out.", no_args_is_help=True)
app.add_typer(key_app, name="key")
app.add_typer(person.app, name="person")
_console = Console()


@key_app.command(epilog="Example: pickupctl console key create op-taxi-1 'Night desk'")
def create(
    operator_id: Annotated[str, typer.Argument(help="Whose alerts the holder sees.")],
    holder: Annotated[str, typer.Argument(help="Who acts with it, as the record of an alert shows it.")],
    role: Annotated[str, typer.Option(help="viewer, dispatcher, duty_manager or admin.")] = "dispatcher",
) -> None:
    """Make a key and show it once; only its hash is kept."""
    typer.echo(connect.run(add(operator_id, holder, person.role_of(role))))


@key_app.command("list")
def list_(operator_id: Annotated[str | None, typer.Argument(help="Only this operator's.")] = None) -> None:
    """Show keys: whose, and whether they still work."""
    table = Table("key", "operator", "holder", "role", "made", "state")
    for key in connect.run(_all(operator_id)):
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "works"
        table.add_row(
            f"{PREFIX}_{key.key_id}_…", key.operator_id, key.holder, key.role, f"{key.created_at:%Y-%m-%d %H:%M}", state
        )
    _console.print(table)


@key_app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The part between the underscores, or the whole key.")]) -> None:
    """Make a key useless, within five seconds."""
    presented = tokens.parse(PREFIX, key_id)
    operator_id = connect.run(_revoke(presented.key_id if presented else key_id))
    if operator_id is None:
        raise CommandFault("no such key: `pickupctl console key list` shows them")
    _console.print(f"revoked; it was {operator_id}'s")


async def add(operator_id: str, holder: str, role: str = "dispatcher") -> str:
    """A new key's text."""
    minted = tokens.mint(PREFIX)
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        await ConsoleKeys(pool).add(minted.key_id, operator_id, holder, minted.secret_sha256, role)
    return minted.text


async def _all(operator_id: str | None) -> list[ConsoleKey]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        return await ConsoleKeys(pool).keys(operator_id)


async def _revoke(key_id: str) -> str | None:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        return await ConsoleKeys(pool).revoke(key_id)
