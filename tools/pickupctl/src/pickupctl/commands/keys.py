"""`pickupctl keys`: API keys, by which operators send bookings."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from booking_ingest.keys import PREFIX, ApiKey
from booking_ingest.store import Store
from pickup_runtime import tokens
from pickupctl import connect
from pickupctl.errors import CommandFault

app = typer.Typer(help="API keys, by which operators send bookings.", no_args_is_help=True)
_console = Console()
_OPERATOR = re.compile(r"^[a-z0-9][a-z0-9._-]{0,62}$")


@app.command(epilog="Example: pickupctl keys create op-taxi-1 --label dispatch-system")
def create(
    operator_id: Annotated[str, typer.Argument(help="The operator whose bookings come with this key.")],
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make a key and show it once; only its hash is kept."""
    if not _OPERATOR.match(operator_id):
        raise CommandFault("an operator id is lower-case letters, digits, dots, dashes, underscores: op-taxi-1")
    typer.echo(connect.run(add(operator_id, label)))


@app.command("list")
def list_(operator_id: Annotated[str | None, typer.Argument(help="Only this operator's.")] = None) -> None:
    """Show keys: whose, since when, and whether they still work. Never the secret."""
    table = Table("key", "operator", "label", "made", "state")
    for key in connect.run(_all(operator_id)):
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "works"
        table.add_row(f"{PREFIX}_{key.key_id}_…", key.operator_id, key.label, f"{key.created_at:%Y-%m-%d %H:%M}", state)
    _console.print(table)


@app.command(epilog="Example: pickupctl keys revoke abcd2345")
def revoke(key_id: Annotated[str, typer.Argument(help="The part between the underscores, or the whole key.")]) -> None:
    """Make a key useless, within five seconds."""
    presented = tokens.parse(PREFIX, key_id)
    operator_id = connect.run(_revoke(presented.key_id if presented else key_id))
    if operator_id is None:
        raise CommandFault("no such key: `pickupctl keys list` shows them")
    _console.print(f"revoked; it was {operator_id}'s")


async def add(operator_id: str, label: str) -> str:
    """A new key's text."""
    minted = tokens.mint(PREFIX)
    async with connect.pool("PICKUP_INGEST_DSN", "ingest") as pool:
        await Store(pool).add_key(minted.key_id, operator_id, minted.secret_sha256, label)
    return minted.text


async def _all(operator_id: str | None) -> list[ApiKey]:
    async with connect.pool("PICKUP_INGEST_DSN", "ingest") as pool:
        return await Store(pool).keys(operator_id)


async def _revoke(key_id: str) -> str | None:
    async with connect.pool("PICKUP_INGEST_DSN", "ingest") as pool:
        return await Store(pool).revoke_key(key_id)
