"""Operators' secrets (signing secrets, tokens of their systems): encrypted in the database, opened when they are used.

A secret that is rotated keeps its predecessor for a set time, as a secret of its own under `<name>.previous`: no name
in a profile has a dot, so that the two never meet.
"""

from __future__ import annotations

import time
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken

from notifier.errors import SecretFault
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_CACHE_S = 10.0
_SQL = queries("notifier")


class SecretBox:
    """Opens and stores secrets. A changed one is used after at most ten seconds."""

    def __init__(self, pool: Pool, box: Fernet) -> None:
        self._pool = pool
        self._box = box
        self._open: dict[tuple[str, str], tuple[float, str | None]] = {}

    async def get(self, operator_id: str, name: str) -> str:
        """The secret.

        Raises:
            SecretFault: there is none, or the key does not open it.
        """
        text = await self._find(operator_id, name)
        if text is None:
            raise SecretFault(f"no secret {name!r}: set it with `pickupctl secret set {operator_id} {name}`")
        return text

    async def previous(self, operator_id: str, name: str, now: datetime) -> str | None:
        """The secret before the last rotation; `None` once its time is over, or when there was none.

        Raises:
            SecretFault: the key does not open it.
        """
        kept = await self._find(operator_id, _previous(name))
        until, _, text = (kept or "").partition(" ")
        return text if until and now < datetime.fromisoformat(until) else None

    async def put(self, operator_id: str, name: str, text: str) -> None:
        """Encrypt and store."""
        await self._pool.execute(_SQL["write_secret"], operator_id, name, self._box.encrypt(text.encode()))
        self._open.pop((operator_id, name), None)

    async def rotate(self, operator_id: str, name: str, text: str, *, keep_until: datetime) -> None:
        """Store a new secret and keep the old one until a moment.

        Raises:
            SecretFault: there is no old one.
        """
        old = await self.get(operator_id, name)
        # First the old one: a worker that sees only half of this signs with the old, which receivers know.
        await self.put(operator_id, _previous(name), f"{keep_until.isoformat()} {old}")
        await self.put(operator_id, name, text)

    async def _find(self, operator_id: str, name: str) -> str | None:
        now = time.monotonic()
        known = self._open.get((operator_id, name))
        if known is not None and now - known[0] < _CACHE_S:
            return known[1]
        sealed: bytes | None = await self._pool.fetchval(_SQL["read_secret"], operator_id, name)
        try:
            text = self._box.decrypt(sealed).decode() if sealed is not None else None
        except InvalidToken:
            raise SecretFault(f"PICKUP_SECRETS_KEY does not open secret {name!r}") from None
        if known is not None and known[1] != text:
            # It has been rotated: whether there is a predecessor now is not what was remembered.
            self._open.pop((operator_id, _previous(name)), None)
        if text is not None or name.endswith(_PREVIOUS):
            # That a secret is missing is asked anew each time: somebody may just be setting it.
            self._open[(operator_id, name)] = (now, text)
        return text


async def names(pool: Pool, operator_id: str | None = None) -> list[tuple[str, str, datetime]]:
    """Which secrets there are, by operator, and since when; never what they are."""
    return [tuple(row) for row in await pool.fetch(_SQL["list_secrets"], operator_id)]


_PREVIOUS = ".previous"


def _previous(name: str) -> str:
    return name + _PREVIOUS
