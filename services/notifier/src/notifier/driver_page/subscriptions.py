"""Phones that asked to be warned: push subscriptions, encrypted at rest, by operator and driver."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from notifier.audit import entries, ledger
from notifier.channels.push import Subscription
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class Subscriptions:
    """Keeps them. One that its push service calls gone is dropped, and so is one that was not seen for 60 days."""

    def __init__(self, pool: Pool, box: Fernet) -> None:
        self._pool = pool
        self._box = box

    async def keep(self, operator_id: str, driver: str, one: Subscription, now: datetime) -> None:
        """Keep a phone's subscription, or note that it was seen. The first time stands in the audit."""
        sealed = self._box.encrypt(msgspec.json.encode(one))
        async with self._pool.acquire() as connection, connection.transaction():
            of = (operator_id, driver)
            before = await connection.fetchval(_SQL["count_push_subscriptions"], *of, _digest(one.endpoint))
            await connection.execute(_SQL["add_push_subscription"], *of, _digest(one.endpoint), sealed, now)
            await connection.execute(_SQL["trim_push_subscriptions"], *of)
            if not before:
                await ledger.append(connection, [entries.note("driver.subscribed", operator_id, now, actor="driver")])

    async def drop(self, operator_id: str, driver: str, endpoint: str) -> None:
        """The driver wants no warnings on that phone."""
        await self._pool.execute(_SQL["drop_push_subscription"], operator_id, driver, _digest(endpoint))

    async def gone(self, endpoint: str) -> None:
        """Its push service says that the browser has unsubscribed."""
        await self._pool.execute(_SQL["forget_push_endpoint"], _digest(endpoint))

    async def forget(self, now: datetime) -> None:
        """Drop what was not seen for 60 days, and drivers' taps of more than 90 days ago."""
        await self._pool.execute(_SQL["forget_push_subscriptions"], now)
        await self._pool.execute(_SQL["forget_driver_answers"], now)
        await self._pool.execute(_SQL["forget_asked"], now)

    def opened(self, sealed: bytes) -> str | None:
        """A subscription as JSON, the push channel's address; `None` when the key does not open it."""
        try:
            return self._box.decrypt(sealed).decode()
        except InvalidToken:
            return None


def _digest(endpoint: str) -> bytes:
    return hashlib.sha256(endpoint.encode()).digest()
