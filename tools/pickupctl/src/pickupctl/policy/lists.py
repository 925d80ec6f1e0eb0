"""`policy list`: who is watched for, who is trusted, by whose word and until when."""

from __future__ import annotations

import getpass
import re
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar, get_args

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pickup_contracts.assessment import DECISIONS, Decision
from pickup_contracts.policy import EntityKind, ListEntry, ListName, list_key
from pickupctl import connect
from pickupctl.errors import CommandFault
from pickupctl.policy.live import published, send, take_back
from risk_scorer.entities import Keys
from risk_scorer.errors import ListingFault
from risk_scorer.listing import hashes_of
from risk_scorer.settings import key_bytes

app = typer.Typer(help="Watch list and trust list: keyed hashes with reason, source and expiry.", no_args_is_help=True)
_console = Console()
T = TypeVar("T")
_LISTS: tuple[ListName, ...] = get_args(ListName)
_KINDS: tuple[EntityKind, ...] = get_args(EntityKind)
_KEYS = ("PICKUP_ENTITY_KEY", "PICKUP_SHARED_KEY")
#: What a reason or a source must not hold: an e-mail address, or a number as long as a phone's.
_PERSONAL = re.compile(r"\S@\S|\d[\d ()-]{5,}\d")
_ADD_EPILOG = """Examples:

echo '+44 7700 900101' | pickupctl policy list add watch --kind phone --operator op-taxi-1 --days 30
  --reason 'named by two victims' --source 'police liaison'

echo '1 High Street, Royston, SG8 5AA' | pickupctl policy list add trust --kind address --operator op-taxi-1 --days 90
  --reason 'solicitors, confirmed by phone' --source 'duty manager'
"""


@app.command(epilog=_ADD_EPILOG)
def add(
    list_name: Annotated[str, typer.Argument(metavar="watch|trust")],
    kind: Annotated[str, typer.Option(help=f"What it is: {', '.join(_KINDS)}.")],
    reason: Annotated[str, typer.Option(help="Why, as a dispatcher will read it; names nobody.")],
    source: Annotated[str, typer.Option(help="By whose word, as a dispatcher will read it; names nobody.")],
    days: Annotated[float, typer.Option(min=0.001, max=366, help="For how long.")],
    operator_id: Annotated[str | None, typer.Option("--operator", help="On whose bookings.")] = None,
    shared: Annotated[bool, typer.Option(help="On those of every operator that shares links.")] = False,
    band: Annotated[
        str | None,
        typer.Option(help="At least (watch; warn unless given) or at most (trust; review unless given) this decision."),
    ] = None,
    value: Annotated[
        str | None, typer.Option(help="The number, address …; better on standard input, where no shell keeps it.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who adds it; the name of this account unless given.")] = None,
) -> None:
    """Put somebody or something on a list. Only keyed hashes leave this process; the plain value goes nowhere.

    An entry of the watch list outweighs everything; one of the trust list outweighs rules, but not a floor of
    hold_recommended. Live within five seconds, until it expires.
    """
    name: ListName = _chosen(list_name, _LISTS, "list")
    kind_of: EntityKind = _chosen(kind, _KINDS, "kind")
    if (operator_id is None) is not shared:
        raise CommandFault("say on whose bookings: either --operator ID or --shared")
    wanted: Decision = _chosen(band or ("warn" if name == "watch" else "review"), DECISIONS, "band")
    if (name, wanted) in (("watch", "allow"), ("trust", "hold_recommended")):
        raise CommandFault(f"an entry of the {name} list with {wanted} would do nothing")
    for field, text in (("reason", reason), ("source", source)):
        if _PERSONAL.search(text):
            raise CommandFault(f"--{field} seems to hold a number or an address: it is shown to people, so name nobody")
        if not 3 <= len(text.strip()) <= 120:
            raise CommandFault(f"--{field} must be 3 to 120 characters")
    plain = value if value is not None else _read_plain(kind_of)
    now = datetime.now(UTC)
    entry = ListEntry(
        entry_id=f"{name[0]}-{secrets.token_hex(4)}",
        list_name=name,
        kind=kind_of,
        entities=_hashes(kind_of, plain, operator_id),
        band=wanted,
        reason=reason.strip(),
        source=source.strip(),
        added_at=now,
        added_by=(by or getpass.getuser())[:200],
        expires_at=now + timedelta(days=days),
        operator_id=operator_id,
    )
    connect.run(send(connect.broker(), entry, now))
    whose = operator_id or "every operator that shares links"
    word = "at least" if name == "watch" else "at most"
    _console.print(
        f"{entry.entry_id}: {word} {wanted} on bookings of {whose}, until {entry.expires_at:%Y-%m-%d %H:%M} UTC",
        highlight=False,
    )


@app.command(epilog="Example: pickupctl policy list remove w-1a2b3c4d")
def remove(entry_id: Annotated[str, typer.Argument(help="As `policy list show` shows it.")]) -> None:
    """Take an entry off its list, within five seconds."""
    kafka = connect.broker()
    found = connect.run(published(kafka))
    if entry_id not in found.entries and list_key(entry_id).decode() not in found.unreadable:
        raise CommandFault("no such entry: `pickupctl policy list show` shows them")
    connect.run(take_back(kafka, [list_key(entry_id)], datetime.now(UTC)))
    _console.print(f"{entry_id}: removed")


@app.command(epilog="Example: pickupctl policy list show --expired")
def show(
    expired: Annotated[bool, typer.Option(help="Also entries that mean nothing any more.")] = False,
) -> None:
    """Show the entries: what for, by whose word, until when. Never who or what they are about."""
    now = datetime.now(UTC)
    entries = connect.run(published(connect.broker())).entries.values()
    chosen = sorted((one for one in entries if expired or one.live(now)), key=lambda one: (one.list_name, one.added_at))
    if not chosen:
        _console.print("no entries" if expired else "no live entries; --expired shows the others")
        return
    table = Table("entry", "decision", "what", "bookings of", "why", "expires")
    table.columns[0].no_wrap = True
    for one in chosen:
        until = f"{one.expires_at:%Y-%m-%d %H:%M}"
        word = "at least" if one.list_name == "watch" else "at most"
        table.add_row(
            one.entry_id,
            f"{one.list_name}: {word} {one.band}",
            one.kind,
            one.operator_id or "all that share links",
            f"{escape(one.reason)} ({escape(one.source)}), added by {escape(one.added_by)}",
            until if one.live(now) else f"[dim]{until}, expired[/dim]",
        )
    _console.print(table)


def _chosen(given: str, among: Sequence[T], what: str) -> T:
    for one in among:
        if one == given:
            return one
    raise CommandFault(f"no such {what}; one of: {', '.join(map(str, among))}")


def _read_plain(kind: str) -> str:
    if sys.stdin.isatty():
        plain: str = typer.prompt(f"The {kind}", hide_input=True)
        return plain
    return sys.stdin.readline()


def _hashes(kind: EntityKind, plain: str, operator_id: str | None) -> list[int]:
    keys = Keys(*(key_bytes(name, SecretStr(connect.setting(name))) for name in _KEYS))
    try:
        return hashes_of(keys, kind, plain, operator_id)
    except ListingFault as error:
        raise CommandFault(str(error)) from None
