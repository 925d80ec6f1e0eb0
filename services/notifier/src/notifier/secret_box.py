"""Operators' signing secrets: encrypted in the database, opened here when they are used."""

from __future__ import annotations

import time

from cryptography.fernet import Fernet, InvalidToken

from notifier.errors import SecretFault
from notifier.store import Store

_CACHE_S = 10.0


class SecretBox:
    """Opens and stores secrets. A changed one is used after at most ten seconds."""

    def __init__(self, store: Store, box: Fernet) -> None:
        self._store = store
        self._box = box
        self._open: dict[tuple[str, str], tuple[float, str]] = {}

    async def get(self, operator_id: str, name: str) -> str:
        """The secret.

        Raises:
            SecretFault: there is none, or the key does not open it.
        """
        now = time.monotonic()
        known = self._open.get((operator_id, name))
        if known is not None and now - known[0] < _CACHE_S:
            return known[1]
        sealed = await self._store.secret(operator_id, name)
        if sealed is None:
            raise SecretFault(f"no secret {name!r}: set it with `pickupctl secret set {operator_id} {name}`")
        try:
            text = self._box.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretFault(f"PICKUP_SECRETS_KEY does not open secret {name!r}") from None
        self._open[(operator_id, name)] = (now, text)
        return text

    async def put(self, operator_id: str, name: str, text: str) -> None:
        """Encrypt and store."""
        await self._store.put_secret(operator_id, name, self._box.encrypt(text.encode()))
        self._open.pop((operator_id, name), None)
