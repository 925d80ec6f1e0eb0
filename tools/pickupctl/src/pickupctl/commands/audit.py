"""`pickupctl audit`: check the record, hand a stretch of it on, and sign it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from notifier.audit import export as exports
from notifier.audit import ledger
from notifier.audit.chain import Break
from notifier.audit.checkpoints import Report, checkpoints_of, sign_due, verify
from notifier.audit.entries import note
from notifier.audit.signing import Signer, pem, public_key, trusted
from notifier.errors import AuditFault
from pickup_runtime.postgres import Pool
from pickupctl import connect
from pickupctl.errors import CommandFault

app = typer.Typer(help="The record of what happened and who did it.", no_args_is_help=True)
_console = Console()
_errors = Console(stderr=True)
PublicKeys = Annotated[
    list[Path] | None, typer.Option("--public-key", help="A key to trust, in PEM; may be given several times.")
]


@app.command("verify", epilog="Example: pickupctl audit verify op-taxi-1")
def verify_(
    operator_id: Annotated[str | None, typer.Argument(help="Only this operator's.")] = None,
    file: Annotated[Path | None, typer.Option(help="Check this export instead of the database.")] = None,
    public_key: PublicKeys = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """Find any altered, missing or reordered entry, and name its place. Status 1 when there is one."""
    keys = trusted_keys(public_key)
    with _progress(as_json) as progress:
        reports = [_of_file(file, keys, progress)] if file else connect.run(_verify(operator_id, keys, progress))
    if as_json:
        typer.echo(msgspec.json.encode(reports).decode())
    else:
        table = Table("operator", "entries", "signed up to", "checkpoints", "holds")
        for one in reports:
            holds = "yes" if not one.breaks else f"no: {len(one.breaks)}"
            table.add_row(one.operator_id, f"{one.entries}", f"{one.signed_to}", f"{one.checkpoints}", holds)
        _console.print(table)
        for broken in (broken for one in reports for broken in one.breaks):
            _console.print(f"{broken.operator_id} {broken.number}: {broken.why}", markup=False, highlight=False)
    if any(one.breaks for one in reports):
        raise typer.Exit(1)


@app.command("export", epilog="Example: pickupctl audit export op-taxi-1 may.jsonl --from 2026-05-01 --to 2026-06-01")
def export_(
    operator_id: str,
    file: Annotated[Path, typer.Argument(help="Where to write; must not be there yet.")],
    begins: Annotated[datetime | None, typer.Option("--from", help="UTC; from the beginning when not given.")] = None,
    ends: Annotated[datetime | None, typer.Option("--to", help="UTC; to the end when not given.")] = None,
) -> None:
    """Write a stretch of the record as JSON lines, on to the signed checkpoint that covers it. It is logged."""
    if file.exists():
        raise CommandFault(f"{file} is there already")
    with _progress(False) as progress:
        last, covered = connect.run(_export(operator_id, file, _utc(begins), _utc(ends), progress))
    _console.print(f"written up to entry {last}")
    if not covered:
        _console.print("The end is not signed yet: export again tomorrow, or run `pickupctl audit sign` first.")


@app.command()
def sign() -> None:
    """Sign now what grew since yesterday, as the notifier does once a day. Status 1 where a record does not hold."""
    signer = own_signer()

    async def work() -> list[Break]:
        async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
            return await sign_due(pool, signer, datetime.now(UTC))

    for one in (found := connect.run(work())):
        _errors.print(f"{one.operator_id} {one.number}: {one.why}; not signed", markup=False)
    if found:
        raise typer.Exit(1)


@app.command()
def key() -> None:
    """Show the public key: hand it to whoever shall be able to check, and keep a copy elsewhere."""
    typer.echo(pem(own_signer().public), nl=False)


def own_signer() -> Signer:
    """The deployment's own key.

    Raises:
        CommandFault: it is not set, or is none.
    """
    try:
        return Signer.from_hex(connect.setting("PICKUP_AUDIT_KEY"))
    except AuditFault as error:
        raise CommandFault(str(error)) from None


def trusted_keys(files: list[Path] | None) -> dict[str, Ed25519PublicKey]:
    """The keys in those files, and the deployment's own where it is at hand.

    Raises:
        CommandFault: a file is no key.
    """
    keys = [own_signer().public] if connect.optional("PICKUP_AUDIT_KEY") else []
    for file in files or []:
        try:
            keys.append(public_key(file.read_bytes()))
        except (OSError, AuditFault) as error:
            raise CommandFault(f"{file}: {error}") from None
    return trusted(keys)


async def log(pool: Pool, kind: str, operator_id: str, body: dict[str, object], booking_id: str | None = None) -> None:
    """Write into the record that something was taken out of it."""
    async with pool.acquire() as connection, connection.transaction():
        made = note(kind, operator_id, datetime.now(UTC), actor=actor(), booking_id=booking_id, body=body)
        await ledger.append(connection, [made])


def actor() -> str:
    """Who is at the terminal, as the record shows it."""
    return f"pickupctl ({getpass.getuser()})"


async def _verify(operator_id: str | None, keys: dict[str, Ed25519PublicKey], progress: Progress) -> list[Report]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        rows = await pool.fetch("select operator_id from audit_heads union select distinct operator_id from audit")
        operators = sorted(row[0] for row in rows if operator_id in (None, row[0]))
        if operator_id is not None and not operators:
            raise CommandFault("nothing was ever written down for this operator")
        reports = []
        for one in operators:
            task = progress.add_task(one, total=None)

            def told(done: int, total: int, task: object = task) -> None:
                progress.update(task, completed=done, total=total)  # type: ignore[arg-type]

            reports.append(await verify(pool, one, keys, now=datetime.now(UTC), on_progress=told))
        return reports


def _of_file(file: Path, keys: dict[str, Ed25519PublicKey], progress: Progress) -> Report:
    task = progress.add_task(file.name, total=None)
    try:
        with file.open("rb") as lines:
            operator_id, entries, signed_to, found = exports.verify_file(
                lines, keys, on_progress=lambda done, total: progress.update(task, completed=done, total=total)
            )
    except (OSError, AuditFault) as error:
        raise CommandFault(f"{file}: {error}") from None
    return Report(operator_id, entries, int(signed_to > 0), signed_to, found)


async def _export(
    operator_id: str, file: Path, begins: datetime | None, ends: datetime | None, progress: Progress
) -> tuple[int, bool]:
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            stretch = await ledger.numbers_between(connection, operator_id, begins, ends)
            if stretch is None:
                raise CommandFault("nothing was written down in that time")
            first, last = stretch
            checkpoints = exports.covering(await checkpoints_of(connection, operator_id), first, last)
            covered = bool(checkpoints) and checkpoints[-1].number >= last
            last = checkpoints[-1].number if covered else last
            task = progress.add_task(operator_id, total=last - first + 1)
            with file.open("xb") as out:
                out.write(exports.header(operator_id, first, last, checkpoints))
                async for page in ledger.read(connection, operator_id, after=first - 1, up_to=last):
                    out.writelines(exports.line(entry) for entry in page)
                    progress.update(task, advance=len(page))
        await log(pool, "audit.exported", operator_id, {"first": first, "last": last})
        return last, covered


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_errors, transient=True, disable=quiet) as progress:
        yield progress
