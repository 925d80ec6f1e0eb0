"""Who was told what: from a message, or the number that a reply comes from, to its alert."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from pickup_contracts.alert import Audience
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class Addressee(Struct, frozen=True):
    """The recipient of a message, by the pseudonym that the ladder gave (`driver`, `dispatcher-2`). `told_at` is when
    the message was made; `driver` the operator's id of the driver for whom it was, where it was for one."""

    operator_id: str
    alert_id: UUID
    audience: Audience
    recipient: str
    told_at: datetime
    driver: str | None = None


class Addressees:
    """Looks up whom a message was for."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, delivery_id: UUID) -> Addressee | None:
        """The recipient of a message; `None` when there is no such message."""
        row = await self._pool.fetchrow(_SQL["read_addressee"], delivery_id)
        return Addressee(*row) if row is not None else None

    async def texted(self, phone: str, now: datetime) -> Addressee | None:
        """The driver to whose number (E.164) a text was sent in the last twelve hours, for the newest one; `None` when
        there was none."""
        row = await self._pool.fetchrow(_SQL["read_texted"], phone, now)
        return Addressee(*row) if row is not None else None
