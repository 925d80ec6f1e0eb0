"""`pickupctl secret`: signing secrets, kept encrypted where they are used."""

from __future__ import annotations

import base64
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from notifier.errors import SecretFault
from notifier.secret_box import SecretBox, names
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
    other: Annotated[bool, typer.Option(help="Not a signing secret: a token or an address of Apprise.")] = False,
) -> None:
    """Store a secret, read from standard input unless --generate."""
    text = new_secret() if generate else sys.stdin.readline().strip()
    _check(text, other=other)
    connect.run(put(operator_id, name, text))
    if generate:
        typer.echo(text)
    else:
        _console.print("stored")


@app.command(epilog="Example: pickupctl secret rotate op-taxi-1 webhook --keep-hours 24")
def rotate(
    operator_id: str,
    name: Annotated[str, typer.Argument(help="The name that the operator's profile gives it.")] = "webhook",
    keep_hours: Annotated[float, typer.Option(help="For how long messages carry the old signature too.", min=0)] = 24,
    given: Annotated[bool, typer.Option(help="Read the new one from standard input instead of making it.")] = False,
) -> None:
    """Replace a signing secret. Until the old one's time is over, every message carries both signatures."""
    text = sys.stdin.readline().strip() if given else new_secret()
    _check(text, other=False)
    connect.run(_rotate(operator_id, name, text, datetime.now(UTC) + timedelta(hours=keep_hours)))
    if given:
        _console.print("stored")
    else:
        typer.echo(text)


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


def _check(text: str, *, other: bool) -> None:
    if other and not text:
        raise CommandFault("a secret is one line that is not empty")
    if not other and not _is_secret(text):
        raise CommandFault("a signing secret is `whsec_` and base64 of 24 to 64 bytes; --generate makes one")


def _is_secret(text: str) -> bool:
    if not text.startswith("whsec_"):
        return False
    try:
        return 24 <= len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


async def put(operator_id: str, name: str, text: str) -> None:
    """Encrypt and store a secret."""
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        await SecretBox(pool, _key()).put(operator_id, name, text)


async def _rotate(operator_id: str, name: str, text: str, keep_until: datetime) -> None:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        try:
            await SecretBox(pool, _key()).rotate(operator_id, name, text, keep_until=keep_until)
        except SecretFault as error:
            raise CommandFault(str(error)) from None


def _key() -> Fernet:
    try:
        return Fernet(connect.setting("PICKUP_SECRETS_KEY"))
    except ValueError:
        raise CommandFault("PICKUP_SECRETS_KEY is not a key: make one with `pickupctl secret key`") from None


async def _all(operator_id: str | None) -> list[tuple[str, str, datetime]]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        return await names(pool, operator_id)
