"""`pickupctl evidence OPERATOR/BOOKING`: a signed pack for the police, and checking one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from typer.core import TyperGroup

from notifier.audit import ledger
from notifier.audit.checkpoints import checkpoints_of, verify
from notifier.audit.evidence import Request, Seen, Told, encoded, files_of, pack, signature
from notifier.audit.evidence import verify as verify_pack
from notifier.audit.evidence_pdf import render
from notifier.audit.signing import Signer, trusted
from notifier.errors import AuditFault
from notifier.store import Store
from notifier.watch import card
from pickup_contracts.alert import alert_id
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries
from pickupctl import connect
from pickupctl.commands.audit import PublicKeys, actor, log, own_signer, trusted_keys
from pickupctl.errors import CommandFault
from pickupctl.evidence import Scored, scored

_SQL = queries("notifier")
_console = Console()


class _Group(TyperGroup):
    """Takes a booking where a command is expected: `pickupctl evidence OPERATOR/BOOKING` makes its pack."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and "/" in args[0] and not args[0].startswith("-"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_Group, help="Signed packs of evidence for the police.", no_args_is_help=True)


@app.command(
    epilog="Example: pickupctl evidence op-taxi-1/B-1042 --out ./pack --reason 'asked by DC Jones' --ref CAD-77"
)
def make(
    booking: Annotated[str, typer.Argument(help="OPERATOR/BOOKING.")],
    out: Annotated[Path, typer.Option(help="A folder that is not there yet, or empty.")],
    reason: Annotated[str, typer.Option(help="Why it is made and for whom; stands in the pack and in the record.")],
    ref: Annotated[
        list[str] | None, typer.Option(help="A police or bank reference; may be given several times.")
    ] = None,
    include_contact: Annotated[
        bool, typer.Option(help="Also the pickup's address and phone, while the booking is still held.")
    ] = False,
    time_zone: Annotated[str, typer.Option(help="For the times in the PDF.")] = "Europe/London",
) -> None:
    """Make a pack, as JSON and PDF, both signed. That it was made is logged."""
    operator_id, _, booking_id = booking.partition("/")
    if not operator_id or not booking_id or not reason.strip():
        raise CommandFault("name the booking as OPERATOR/BOOKING, and give a reason")
    if out.exists() and any(out.iterdir()):
        raise CommandFault(f"{out} is not empty")
    request = Request(by=actor(), reason=reason.strip(), at=datetime.now(UTC), references=tuple(ref or ()))
    files = connect.run(_make(operator_id, booking_id, request, own_signer(), include_contact, time_zone))
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_bytes(text)
        _console.print(f"{out / name}", highlight=False)


@app.command("verify", epilog="Example: pickupctl evidence verify ./pack --public-key firm.pem")
def verify_(
    folder: Annotated[Path, typer.Argument(help="Where the pack's three files are.")],
    public_key: PublicKeys = None,
) -> None:
    """Check a pack: unaltered, complete, and signed by a key that you trust. Status 1 when it is not."""
    found = sorted(folder.glob("*.sig.json"))
    if len(found) != 1:
        raise CommandFault(f"{folder}: one file *.sig.json is needed, there are {len(found)}")
    signed = found[0].read_bytes()
    beside = {name: folder / Path(name).name for name in files_of(signed)}
    files = {name: path.read_bytes() if path.is_file() else None for name, path in beside.items()}
    try:
        key, wrong, known = verify_pack(signed, files, trusted_keys(public_key))
    except AuditFault as error:
        raise CommandFault(f"{found[0].name}: {error}") from None
    for one in wrong:
        _console.print(one, markup=False, highlight=False)
    if wrong:
        raise typer.Exit(1)
    if not known:
        _console.print(f"unaltered, but signed by a key that you do not trust ({key}): give it with --public-key")
        raise typer.Exit(1)
    _console.print(f"unaltered and complete; signed by {key}")


async def _make(
    operator_id: str, booking_id: str, request: Request, signer: Signer, include_contact: bool, time_zone: str
) -> dict[str, bytes]:
    found = await scored(operator_id, booking_id)
    if found.forgotten:
        _console.print("what was booked has been deleted (48 hours after it ended): the pack has no keyed hashes")
    async with connect.pool("PICKUP_NOTIFIER_DSN", "notifier") as pool:
        report = await verify(pool, operator_id, trusted([signer.public]), now=request.at)
        if report.breaks:
            first = report.breaks[0]
            raise CommandFault(f"the record does not hold at {first.number}: {first.why}. No evidence is made from it.")
        document = await _document(pool, operator_id, booking_id, request, found, report.entries, include_contact)
        stem = f"evidence-{re.sub(r'[^A-Za-z0-9._-]', '_', f'{operator_id}-{booking_id}')}"
        text = encoded(document)
        files = {
            f"{stem}.json": text,
            f"{stem}.pdf": render(document, text, key_name=signer.key_id, time_zone=time_zone),
        }
        files[f"{stem}.sig.json"] = signature(files, signer, request.at)
        body: dict[str, object] = {
            "reason": request.reason,
            "references": list(request.references),
            "contact": document["contact"] is not None,
            "signature": files[f"{stem}.sig.json"].decode().rpartition('"signature": "')[2][:128],
        }
        await log(pool, "evidence.made", operator_id, body, booking_id)
        return files


async def _document(
    pool: Pool,
    operator_id: str,
    booking_id: str,
    request: Request,
    found: Scored,
    chain_length: int,
    include_contact: bool,
) -> dict[str, object]:
    store = Store(pool)
    identity = alert_id(operator_id, booking_id)
    alert = await store.alert(operator_id, identity)
    if alert is None:
        raise CommandFault("this booking has no alert, or its twelve months are over")
    contact = None
    if include_contact:
        watched = (await store.bookings.of([(operator_id, booking_id)])).get((operator_id, booking_id))
        if watched is None:
            raise CommandFault("the booking itself is no longer held: make the pack without --include-contact")
        shown = card(watched)
        contact = {"pickup": shown.pickup, "pickup_contact": shown.pickup_contact}
    async with pool.acquire() as connection:
        return pack(
            alert,
            request,
            entries=await ledger.of_booking(connection, operator_id, booking_id),
            checkpoints=await checkpoints_of(connection, operator_id),
            told=[Told(*row) for row in await connection.fetch(_SQL["evidence_deliveries"], identity)],
            entities=[Seen(one.kind, one.role, one.hash) for one in found.entities],
            ruleset=found.ruleset,
            chain_length=chain_length,
            contact=contact,
        )
