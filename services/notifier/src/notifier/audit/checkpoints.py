"""Once a day each chain's end is signed, after what was added since was checked; and checking a whole chain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from notifier.audit import ledger
from notifier.audit.chain import Break, Place, Walk
from notifier.audit.signing import Checkpoint, Signer, holds, trusted
from pickup_runtime import logs, metrics
from pickup_runtime.clock import Clock
from pickup_runtime.postgres import UNAVAILABLE, Connection, Pool
from pickup_runtime.sql import queries

#: What is older than this and not yet under a checkpoint was kept from being signed.
SIGNED_WITHIN = timedelta(hours=48)
#: Twelve months, and days to spare for the longest of them.
KEPT = timedelta(days=368)
_EVERY_S = 600.0
_MOST_BREAKS = 50

_SQL = queries("notifier")
_log = logs.get("audit")


class Report(Struct, frozen=True):
    """What checking one operator's chain found. `signed_to` is the last number under a checkpoint that holds."""

    operator_id: str
    entries: int
    checkpoints: int
    signed_to: int
    breaks: list[Break]


async def checkpoints_of(connection: Connection, operator_id: str) -> list[Checkpoint]:
    """An operator's checkpoints, oldest first."""
    rows = await connection.fetch(_SQL["list_checkpoints"], operator_id)
    return [Checkpoint(**dict(row)) for row in rows]


async def verify(
    pool: Pool,
    operator_id: str,
    keys: Mapping[str, Ed25519PublicKey],
    *,
    now: datetime,
    on_progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check every entry of an operator's chain against the one before it, against the checkpoints, and against what
    the writers know. `on_progress` is told how far it is, and how far it goes."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        checkpoints = await checkpoints_of(connection, operator_id)
        good = [one for one in checkpoints if holds(one, keys)]
        found = [
            Break(operator_id, one.number, f"the checkpoint of {one.at:%Y-%m-%d} is not signed by a trusted key")
            for one in checkpoints
            if one not in good
        ]
        places = {one.number: one.hash for one in good}
        signed_to = max(places, default=0)
        head = (await ledger.heads(connection, operator_id)).get(operator_id)
        walk: Walk | None = None
        unsigned: int | None = None
        async for page in ledger.read(connection, operator_id):
            if walk is None:
                before = page[0].number - 1
                # What came before a checkpoint's twelve months are over; anything else must begin at the beginning.
                start = Place(before, places[before]) if before in places else Place()
                walk = Walk(operator_id, start=start, signed=places)
            for entry in page:
                found += walk.take(entry)
                if unsigned is None and entry.number > signed_to and entry.at < now - SIGNED_WITHIN:
                    unsigned = entry.number
            if on_progress is not None:
                on_progress(page[-1].number, head.number if head is not None else page[-1].number)
            if len(found) > _MOST_BREAKS:
                break
        walk = walk or Walk(operator_id, start=Place(), signed=places)
        if len(found) <= _MOST_BREAKS:
            found += walk.end(head)
        if unsigned is not None:
            found.append(Break(operator_id, unsigned, "from here on no checkpoint was signed for two days or more"))
        return Report(operator_id, walk.entries, len(checkpoints), signed_to, found)


async def sign_due(pool: Pool, signer: Signer, now: datetime) -> list[Break]:
    """Sign every chain that grew and was not signed today. One that does not hold is not signed: returns where."""
    async with pool.acquire() as connection:
        operators = list(await ledger.heads(connection))
    broken: list[Break] = []
    for operator_id in operators:
        broken += await _sign(pool, signer, operator_id, now)
    return broken


async def drop_old(pool: Pool, now: datetime) -> None:
    """Drop entries that are older than twelve months and lie under a checkpoint."""
    async with pool.acquire() as connection:
        for operator_id in await ledger.heads(connection):
            old = [one.number for one in await checkpoints_of(connection, operator_id) if one.at < now - KEPT]
            if old:
                await connection.execute(_SQL["audit_drop_old"], operator_id, max(old))


async def tend(pool: Pool, signer: Signer, clock: Clock) -> None:
    """Sign and drop what is due, every ten minutes, until cancelled."""
    while True:
        try:
            broken = await sign_due(pool, signer, clock.now())
            metrics.audit_broken.set(len({one.operator_id for one in broken}))
            for one in broken:
                _log.error("audit_broken", operator=one.operator_id, number=one.number, why=one.why)
            await drop_old(pool, clock.now())
        except UNAVAILABLE as error:
            _log.warning("checkpoints_delayed", error=type(error).__name__)
        await asyncio.sleep(_EVERY_S)


async def _sign(pool: Pool, signer: Signer, operator_id: str, now: datetime) -> list[Break]:
    async with pool.acquire() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            head, found = await _grown(connection, signer, operator_id, now)
        if head is None or found:
            return found
        made = signer.checkpoint(operator_id, head, now)
        row = (operator_id, made.number, made.hash, made.at, now.date(), made.key_id, made.signature)
        await connection.execute(_SQL["add_checkpoint"], *row)
    # The log goes elsewhere than the database: whoever could rewrite both chain and checkpoints meets it there.
    _log.info("checkpoint", operator=operator_id, number=made.number, hash=made.hash.hex(), by=made.key_id)
    return []


async def _grown(
    connection: Connection, signer: Signer, operator_id: str, now: datetime
) -> tuple[Place | None, list[Break]]:
    """Where a chain ends that is to be signed, and the first place where what was added does not hold."""
    head = (await ledger.heads(connection, operator_id))[operator_id]
    checkpoints = await checkpoints_of(connection, operator_id)
    mine = [one for one in checkpoints if one.key_id == signer.key_id]
    last = mine[-1] if mine else None
    if last is not None and (last.at.date() >= now.date() or last.number == head.number):
        return None, []
    if last is not None and not holds(last, trusted([signer.public])):
        return None, [Break(operator_id, last.number, "its last checkpoint is not signed by this key")]
    # After a change of keys the beginning may be gone, under another key's checkpoint; `verify` looks at that.
    start = last.place if last is not None else None if checkpoints else Place()
    walk = Walk(operator_id, start=start)
    found: list[Break] = []
    async for page in ledger.read(connection, operator_id, after=last.number if last is not None else 0):
        found += [one for entry in page for one in walk.take(entry)]
    found += walk.end(head)
    return head, found[:1]
