"""Waking up: the database says that alerts changed, and whoever waits in this process hears it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from notifier.batch import CHANNEL
from pickup_runtime import logs
from pickup_runtime.postgres import UNAVAILABLE, until_available

_log = logs.get("live")


class Ear:
    """One who waits. Rings that come while it is busy are not lost."""

    def __init__(self, operator_id: str | None) -> None:
        self.operator_id = operator_id
        self.rung = asyncio.Event()

    async def wait(self, *, timeout_s: float) -> bool:
        """Wait for a ring; `False` when none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True


class Bell:
    """Rings for whoever listens, for one operator or for all."""

    def __init__(self) -> None:
        self._ears: set[Ear] = set()

    @contextmanager
    def listen(self, operator_id: str | None = None) -> Iterator[Ear]:
        """An ear for one operator's changes, or with `None` for everybody's."""
        ear = Ear(operator_id)
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def ring(self, operator_id: str | None = None) -> None:
        """Wake those who listen for this operator, or with `None` everybody."""
        for ear in self._ears:
            if operator_id is None or ear.operator_id in (None, operator_id):
                ear.rung.set()


async def listen(dsn: str, bell: Bell) -> None:
    """Ring the bell for every notification of the database, until cancelled; comes back when it was away."""
    while True:
        connection: Any = await until_available(lambda: asyncpg.connect(dsn, timeout=5), what="listen")
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            await connection.add_listener(CHANNEL, lambda *heard: bell.ring(heard[3] or None))
            # What was announced while nobody listened is found by looking.
            bell.ring()
            await lost.wait()
        except UNAVAILABLE as error:
            _log.warning("listener_lost", error=type(error).__name__)
        finally:
            await connection.close(timeout=1)
