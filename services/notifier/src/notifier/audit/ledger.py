"""Writing to the audit, within the transaction of what it tells of, and reading it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from notifier.audit.chain import GENESIS, Entry, Place, sealed
from notifier.audit.entries import Note
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")
_PAGE = 2_000


async def append(connection: Connection, notes: Sequence[Note]) -> None:
    """Write notes at the end of their operators' chains, in the transaction that is open on `connection`.

    Each operator's head is locked until that transaction ends, in the order of their names: call it once, as the
    last thing before the commit, and two writers never wait for each other in a circle. What was written before is
    passed over.
    """
    if not notes:
        return
    operators = sorted({one.operator_id for one in notes})
    await connection.execute(_SQL["audit_take_turns"], operators)
    heads = {row[0]: Place(row[1], row[2]) for row in await connection.fetch(_SQL["audit_lock_heads"], operators)}
    if len(heads) < len(operators):
        await connection.execute(_SQL["audit_begin_heads"], operators, GENESIS)
        heads = {row[0]: Place(row[1], row[2]) for row in await connection.fetch(_SQL["audit_lock_heads"], operators)}
    known = {row[0] for row in await connection.fetch(_SQL["audit_known"], [one.note_id for one in notes])}
    rows: list[tuple[object, ...]] = []
    for one in notes:
        if one.note_id in known:
            continue
        known.add(one.note_id)
        entry = sealed(_entry(one), heads[one.operator_id])
        heads[one.operator_id] = Place(entry.number, entry.hash)
        rows.append((one.note_id, *(getattr(entry, name) for name in Entry.__struct_fields__)))
    if rows:
        await connection.execute(_SQL["audit_add"], *map(list, zip(*rows, strict=True)))
        moved = sorted({str(row[1]) for row in rows})
        await connection.execute(
            _SQL["audit_move_heads"], moved, [heads[one].number for one in moved], [heads[one].hash for one in moved]
        )


async def heads(connection: Connection, operator_id: str | None = None) -> dict[str, Place]:
    """Where each operator's chain ends, by its writers' word."""
    return {row[0]: Place(row[1], row[2]) for row in await connection.fetch(_SQL["audit_heads"], operator_id)}


async def read(
    connection: Connection, operator_id: str, *, after: int = 0, up_to: int | None = None
) -> AsyncIterator[list[Entry]]:
    """Pages of an operator's entries in order of their numbers, from the one after `after`."""
    while True:
        rows = await connection.fetch(_SQL["audit_page"], operator_id, after, up_to, _PAGE)
        if not rows:
            return
        yield [Entry(**dict(row)) for row in rows]
        after = rows[-1]["number"]


async def of_booking(connection: Connection, operator_id: str, booking_id: str) -> list[Entry]:
    """Everything written down of one booking, in order."""
    return [Entry(**dict(row)) for row in await connection.fetch(_SQL["audit_of_booking"], operator_id, booking_id)]


async def numbers_between(
    connection: Connection, operator_id: str, begins: datetime | None, ends: datetime | None
) -> tuple[int, int] | None:
    """The first and the last number of what was written in `[begins, ends)`; `None` when nothing was."""
    row = await connection.fetchrow(_SQL["audit_numbers_between"], operator_id, begins, ends)
    return (row[0], row[1]) if row is not None and row[0] is not None else None


def _entry(one: Note) -> Entry:
    return Entry(
        operator_id=one.operator_id,
        number=0,
        at=one.at,
        kind=one.kind,
        actor=one.actor,
        booking_id=one.booking_id,
        body=one.body,
        previous=GENESIS,
        hash=GENESIS,
    )


class Ledger:
    """Reading the audit for a page."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(
        self, operator_id: str, *, before: int | None = None, booking_id: str | None = None, limit: int
    ) -> list[Entry]:
        """An operator's newest entries, or those before a number, or one booking's."""
        rows = await self._pool.fetch(_SQL["audit_newest"], operator_id, before, booking_id, limit)
        return [Entry(**dict(row)) for row in rows]
