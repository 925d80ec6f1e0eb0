"""booking-ingest's tables: API keys, and which events were taken."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from booking_ingest.keys import ApiKey
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

EventKey = tuple[str, str]


class Remembered(Struct, frozen=True):
    """What is kept of an event that was taken: its content's digest, and whether the broker has it."""

    content: bytes
    published: bool


class Store:
    """Every method is one round trip, but for `remembered` when another replica has the same event at that moment."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._sql = queries("booking_ingest")

    async def remembered(self, keys: Sequence[EventKey], contents: Sequence[bytes]) -> dict[EventKey, Remembered]:
        """Remember events that are new, and say of every one what is kept of it: of two with the same key, here or in
        another replica at the same moment, the same one."""
        given = dict(zip(keys, contents, strict=True))
        found: dict[EventKey, Remembered] = {}
        while missing := {key: content for key, content in given.items() if key not in found}:
            # More than once only for what another replica remembered at the same moment.
            rows = await self._pool.fetch(
                self._sql["claim_events"],
                [operator_id for operator_id, _ in missing],
                [event_id for _, event_id in missing],
                list(missing.values()),
            )
            found.update({(row[0], row[1]): Remembered(row[2], row[3]) for row in rows})
        return found

    async def mark_published(self, keys: Sequence[EventKey]) -> None:
        """Note that the broker has these."""
        await self._pool.execute(self._sql["mark_published"], [key[0] for key in keys], [key[1] for key in keys])

    async def forget(self, *, days: int) -> int:
        """Drop up to 5,000 events that were taken more than `days` ago; returns how many."""
        status: str = await self._pool.execute(self._sql["forget_events"], days)
        return int(status.rpartition(" ")[2])

    async def key(self, key_id: str) -> ApiKey | None:
        row = await self._pool.fetchrow(self._sql["read_key"], key_id)
        return ApiKey(*row) if row is not None else None

    async def keys(self, operator_id: str | None = None) -> list[ApiKey]:
        """All keys, or one operator's, revoked ones too."""
        return [ApiKey(*row) for row in await self._pool.fetch(self._sql["list_keys"], operator_id)]

    async def add_key(self, key_id: str, operator_id: str, secret_sha256: bytes, label: str) -> None:
        await self._pool.execute(self._sql["add_key"], key_id, operator_id, secret_sha256, label)

    async def revoke_key(self, key_id: str) -> str | None:
        """Revoke a key; returns its operator, or `None` when there is no such key."""
        operator_id: str | None = await self._pool.fetchval(self._sql["revoke_key"], key_id)
        return operator_id
