"""Who calls: the API key in the request, looked up, and remembered for a few seconds."""

from __future__ import annotations

import asyncio
import time

from booking_ingest.errors import NotAvailable, Unauthorised
from booking_ingest.keys import PREFIX, ApiKey
from booking_ingest.store import Store
from pickup_runtime import tokens
from pickup_runtime.postgres import UNAVAILABLE

#: A revoked key works for at most this long.
CACHE_S = 5.0
_CACHED_KEYS = 10_000


class Gate:
    """Lets operators in by their keys."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, ApiKey | None]] = {}

    async def operator_of(self, authorization: str | None) -> str:
        """The operator that the key in an `Authorization` header belongs to.

        Raises:
            Unauthorised: there is none, or it is not known, or it was revoked.
            NotAvailable: the database does not answer.
        """
        presented = tokens.parse_bearer(PREFIX, authorization)
        if presented is None:
            raise Unauthorised
        key = await self._key(presented.key_id)
        if key is None or key.revoked_at is not None or not tokens.opens(key.secret_sha256, presented):
            raise Unauthorised
        return key.operator_id

    async def _key(self, key_id: str) -> ApiKey | None:
        now = time.monotonic()
        cached = self._known.get(key_id)
        if cached is not None and now - cached[0] < CACHE_S:
            return cached[1]
        try:
            async with asyncio.timeout(5.0):
                key = await self._store.key(key_id)
        except UNAVAILABLE:
            if cached is not None and cached[1] is not None:
                # A database that is away must not look like a wrong key.
                return cached[1]
            raise NotAvailable("the database") from None
        if len(self._known) >= _CACHED_KEYS:
            self._known.clear()
        self._known[key_id] = (now, key)
        return key
