"""`pickupctl secret`: signing secrets, kept encrypted where they are used."""

from __future__ import annotations

import base64
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from notifier.secret_box import SecretBox
from notifier.store import Store
from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.stack.secrets import ensure

app = typer.Typer(help="Signing secrets, kept encrypted where they are used.", no_args_is_help=True)
_console = Console()


@app.command()
def key() -> None:
    """Make a key for PICKUP_SECRETS_KEY, which encrypts the secrets in the database."""
    typer.echo(Fernet.generate_key().decode())


@app.command(epilog="Example: pickupctl secret init /run/pickup-guard")
def init(folder: Annotated[Path, typer.Argument(help="The PICKUP_SECRETS_DIR of the services.")]) -> None:
    """Make the deployment's own secrets, a file each, where they are not there yet; existing ones are kept."""
    names = ensure(folder)
    _console.print(f"{len(names)} secrets in {folder}")


@app.command("set", epilog="Example: pickupctl secret set op-taxi-1 webhook --generate")
def set_(
    operator_id: str,
    name: Annotated[str, typer.Argument(help="The name that the operator's profile gives it.")] = "webhook",
    generate: Annotated[bool, typer.Option(help="Make a new one and show it once.")] = False,
) -> None:
    """Store a secret, read from standard input unless --generate."""
    text = new_secret() if generate else sys.stdin.readline().strip()
    if not _is_secret(text):
        raise CommandFault("a signing secret is `whsec_` and base64 of 24 to 64 bytes; --generate makes one")
    connect.run(put(operator_id, name, text))
    if generate:
        typer.echo(text)
    else:
        _console.print("stored")


@app.command("list")
def list_(operator_id: Annotated[str | None, typer.Argument(help="Only this operator's.")] = None) -> None:
    """Show which secrets there are, never what they are."""
    table = Table("operator", "name", "since")
    for operator, name, since in connect.run(_all(operator_id)):
        table.add_row(operator, name, f"{since:%Y-%m-%d %H:%M}")
    _console.print(table)


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _is_secret(text: str) -> bool:
    if not text.startswith("whsec_"):
        return False
    try:
        return 24 <= len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


async def put(operator_id: str, name: str, text: str) -> None:
    """Encrypt and store a secret."""
    try:
        box = Fernet(connect.setting("PICKUP_SECRETS_KEY"))
    except ValueError:
        raise CommandFault("PICKUP_SECRETS_KEY is not a key: make one with `pickupctl secret key`") from None
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        await SecretBox(Store(pool), box).put(operator_id, name, text)


async def _all(operator_id: str | None) -> list[tuple[str, str, object]]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        return [*await Store(pool).secrets(operator_id)]
