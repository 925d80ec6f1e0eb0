"""Keys to the console, in the database: a person's or a system's, by their operator. Their secrets are not kept."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class ConsoleKey(Struct, frozen=True):
    """A person's key to the console. `holder` is who acts, as shown in the record of an alert."""

    key_id: str
    operator_id: str
    holder: str
    secret_sha256: bytes
    created_at: datetime
    revoked_at: datetime | None
    role: str = "dispatcher"


class ConsoleKeys:
    """Looks keys up, adds and revokes them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def key(self, key_id: str) -> ConsoleKey | None:
        row = await self._pool.fetchrow(_SQL["read_console_key"], key_id)
        return ConsoleKey(*row) if row is not None else None

    async def keys(self, operator_id: str | None = None) -> list[ConsoleKey]:
        """One operator's, or everybody's."""
        return [ConsoleKey(*row) for row in await self._pool.fetch(_SQL["list_console_keys"], operator_id)]

    async def add(
        self, key_id: str, operator_id: str, holder: str, secret_sha256: bytes, role: str = "dispatcher"
    ) -> None:
        await self._pool.execute(_SQL["add_console_key"], key_id, operator_id, holder, secret_sha256, role)

    async def revoke(self, key_id: str) -> str | None:
        """Revoke a key; returns its operator, or `None` when there is no such key."""
        operator_id: str | None = await self._pool.fetchval(_SQL["revoke_console_key"], key_id)
        return operator_id
