"""`pickupctl console person`: people who sign in with a login and a password of their own."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from notifier.accounts import passwords
from notifier.accounts.lockout import login_subject
from notifier.accounts.logins import login as known_login
from notifier.accounts.roles import ROLES, Role
from notifier.console.login_local import SETUP_PREFIX
from notifier.errors import PersonFault
from notifier.guesses import GuessStore
from notifier.people import PeopleStore
from pickup_runtime import tokens
from pickupctl import connect
from pickupctl.commands.audit import actor
from pickupctl.errors import CommandFault

app = typer.Typer(help="People who sign in to the page.", no_args_is_help=True)
_console = Console()
_LoginName = Annotated[str, typer.Argument(help="What they sign in with, e.g. an e-mail address.")]
_RoleName = Annotated[str, typer.Option("--role", help="viewer, dispatcher, duty_manager or admin.")]


@app.command(epilog="Example: pickupctl console person add op-taxi-1 ines@firm.example --name 'Ines P.'")
def add(
    operator_id: Annotated[str, typer.Argument(help="Whose alerts they see.")],
    login: _LoginName,
    name: Annotated[str, typer.Option(help="As the record of an alert shows them.")],
    role: _RoleName = "dispatcher",
) -> None:
    """Make an account and show the link by which they choose a password: once, within three days."""
    minted = tokens.mint(SETUP_PREFIX)
    chosen, known = role_of(role), _login(login)
    _run(
        lambda people, now: people.add(
            operator_id, known, name, chosen, token_sha256=minted.secret_sha256, by=actor(), now=now
        )
    )
    typer.echo(_link(minted.text))


@app.command()
def invite(login: _LoginName) -> None:
    """Show another link to choose a password with; an earlier one stops working."""
    minted = tokens.mint(SETUP_PREFIX)
    _run(lambda people, now: people.invite(_login(login), minted.secret_sha256, by=actor(), now=now))
    typer.echo(_link(minted.text))


@app.command("list")
def list_(operator_id: Annotated[str | None, typer.Argument(help="Only this operator's.")] = None) -> None:
    """Show people: whose, which role, how they sign in, and whether they can."""
    table = Table("operator", "login", "name", "role", "signs in with", "state")
    for one in _run(lambda people, _: people.people(operator_id)):
        way = "provider" if one.issuer else "password" if one.password_hash else "nothing yet"
        state = f"disabled {one.disabled_at:%Y-%m-%d %H:%M}" if one.disabled_at else "works"
        table.add_row(one.operator_id, one.login, one.display_name, one.role, way, state)
    _console.print(table)


@app.command(epilog="Example: pickupctl console person role ines@firm.example duty_manager")
def role(login: _LoginName, role: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give another role. It counts from their next request."""
    chosen = role_of(role)
    person = _run(lambda people, now: people.set_role(_any_login(login), chosen, by=actor(), now=now))
    _console.print(f"was {person.role}, is {chosen}")


@app.command()
def disable(login: _LoginName) -> None:
    """Shut somebody out, at once and at every browser."""
    _run(lambda people, now: people.set_disabled(_any_login(login), True, by=actor(), now=now))
    _console.print("disabled and signed out")


@app.command()
def enable(login: _LoginName) -> None:
    """Let somebody in again."""
    _run(lambda people, now: people.set_disabled(_any_login(login), False, by=actor(), now=now))
    _console.print("works again")


@app.command()
def unlock(login: _LoginName) -> None:
    """Let somebody who mistyped their password try again now."""
    try:
        key = bytes.fromhex(connect.setting("PICKUP_SESSION_KEY"))
    except ValueError:
        raise CommandFault("PICKUP_SESSION_KEY must be 32 bytes in hexadecimal") from None

    async def clear() -> None:
        async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
            await GuessStore(pool).clear(login_subject(key, _login(login)))

    connect.run(clear())
    _console.print("unlocked")


@app.command(epilog="Example: pickupctl console person password ines@firm.example < password.txt")
def password(login: _LoginName) -> None:
    """Set a password, typed at the prompt or read from standard input; whoever used the old one is signed out."""
    known = _login(login)
    typed = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    why = passwords.fault(typed, known)
    if why is not None:
        raise CommandFault(why)
    kept = passwords.hashed(typed)
    _run(lambda people, now: people.set_password(known, kept, by=actor(), now=now))
    _console.print("set")


def role_of(text: str) -> Role:
    """A role by its name.

    Raises:
        CommandFault: there is no such role.
    """
    if text not in ROLES:
        raise CommandFault(f"no such role; one of: {', '.join(ROLES)}")
    return text


def _login(text: str) -> str:
    known = known_login(text)
    if known is None:
        raise CommandFault("a login has up to 128 characters without spaces or slashes: ines@firm.example")
    return known


def _any_login(text: str) -> str:
    """As typed where it can't be a local one: what a provider's people are listed by has spaces."""
    return known_login(text) or text


def _link(token: str) -> str:
    base = connect.optional("PICKUP_PUBLIC_URL") or "http://127.0.0.1:8082"
    return f"{base.rstrip('/')}/welcome/{token}"


def _run(work: Callable[[PeopleStore, datetime], Awaitable[connect.T]]) -> connect.T:
    async def within() -> connect.T:
        async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
            return await work(PeopleStore(pool), datetime.now(UTC))

    try:
        return connect.run(within())
    except PersonFault as error:
        raise CommandFault(str(error)) from None
