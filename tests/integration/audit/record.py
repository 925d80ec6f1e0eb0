"""An audit to append to, to check, and to tamper with as an owner of its tables could."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notifier.audit import ledger
from notifier.audit.checkpoints import Report, verify
from notifier.audit.entries import Note, note
from notifier.audit.signing import Signer, trusted
from pickup_runtime.postgres import Pool

NOW = datetime.now(UTC).replace(hour=12)
DAY = timedelta(days=1)
KEY = "5a" * 32
SIGNER = Signer.from_hex(KEY)


def some(count: int, operator_id: str = "op-a", at: datetime = NOW) -> list[Note]:
    return [note("test.done", operator_id, at, actor="Ines", booking_id=f"b{n}", body={"n": n}) for n in range(count)]


async def append(pool: Pool, notes: list[Note]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await ledger.append(connection, notes)


async def check(pool: Pool, operator_id: str = "op-a", now: datetime = NOW) -> Report:
    return await verify(pool, operator_id, trusted([SIGNER.public]), now=now)


async def tamper(pool: Pool, *statements: str) -> None:
    """As somebody with the owner's rights to the tables would."""
    async with pool.acquire() as connection, connection.transaction():
        for table in ("audit", "checkpoints"):
            await connection.execute(f"alter table {table} disable trigger user")
        for statement in statements:
            await connection.execute(statement)
        for table in ("audit", "checkpoints"):
            await connection.execute(f"alter table {table} enable trigger user")
