"""Who is at the page: a console key, entered once and kept in an encrypted session cookie, or sent with a request."""

from __future__ import annotations

import time
from typing import Any

from litestar import Request
from litestar.exceptions import NotAuthorizedException

from notifier.store import ConsoleKey, Store
from pickup_runtime import tokens
from pickup_runtime.tokens import Presented

PREFIX = "pgc"
#: A revoked key opens nothing after at most this long.
CACHE_S = 5.0
_SESSION = "console_key_id"


class Doorkeeper:
    """Knows the console's keys."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, ConsoleKey | None]] = {}

    async def by_key(self, text: str) -> ConsoleKey | None:
        """The key that somebody typed; `None` when it opens nothing."""
        return await self._open(tokens.parse(PREFIX, text))

    async def by_header(self, request: Request[Any, Any, Any]) -> ConsoleKey:
        """The key in `Authorization: Bearer …`.

        Raises:
            NotAuthorizedException: there is none that opens.
        """
        key = await self._open(tokens.parse_bearer(PREFIX, request.headers.get("authorization")))
        if key is None:
            raise NotAuthorizedException
        return key

    async def by_session(self, request: Request[Any, Any, Any]) -> ConsoleKey | None:
        """Who logged in at this browser; `None` also once their key was revoked."""
        key_id = request.session.get(_SESSION) if request.session else None
        key = await self._key(key_id) if isinstance(key_id, str) else None
        return key if key is not None and key.revoked_at is None else None

    def remember(self, request: Request[Any, Any, Any], key: ConsoleKey) -> None:
        """Log in."""
        request.set_session({_SESSION: key.key_id})

    async def _open(self, presented: Presented | None) -> ConsoleKey | None:
        key = await self._key(presented.key_id) if presented is not None else None
        if key is None or presented is None or key.revoked_at is not None:
            return None
        return key if tokens.opens(key.secret_sha256, presented) else None

    async def _key(self, key_id: str) -> ConsoleKey | None:
        now = time.monotonic()
        known = self._known.get(key_id)
        if known is not None and now - known[0] < CACHE_S:
            return known[1]
        key = await self._store.console_key(key_id)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[key_id] = (now, key)
        return key
