"""Guesses at passwords, counted where every worker sees them, before they are checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.accounts.lockout import Policy, give_back, take
from pickup_runtime.postgres import Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")
_KEPT = timedelta(days=2)


class GuessStore:
    """Takes places for guesses, and gives them back when they were right."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, counted: Sequence[tuple[bytes, Policy]], now: datetime) -> bool:
        """A place under every subject, or none at all and `False` when one of them has no place left."""
        policies = dict(counted)
        subjects = sorted(policies)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SQL["begin_guesses"], subjects, now)
            rows = await connection.fetch(_SQL["lock_guesses"], subjects)
            taken = {row["subject"]: take(row["times"], policies[row["subject"]], now) for row in rows}
            if any(times is None for times in taken.values()):
                return False
            for subject, times in taken.items():
                await connection.execute(_SQL["write_guesses"], subject, list(times or ()), now)
        return True

    async def give_back(self, subjects: Sequence[bytes], taken_at: datetime) -> None:
        """The guess that was taken at that moment was right: it does not count."""
        async with self._pool.acquire() as connection, connection.transaction():
            for row in await connection.fetch(_SQL["lock_guesses"], sorted(subjects)):
                times = list(give_back(row["times"], taken_at))
                await connection.execute(_SQL["write_guesses"], row["subject"], times, taken_at)

    async def clear(self, subject: bytes) -> None:
        """Let somebody try again at once, on an administrator's word."""
        await self._pool.execute(_SQL["clear_guesses"], subject)

    async def forget(self, now: datetime) -> None:
        await self._pool.execute(_SQL["forget_guesses"], now - _KEPT)
