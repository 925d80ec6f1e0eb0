"""Which bookings are being judged in this process, so that none is judged twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager


class Claims:
    """Holds bookings, by their message keys, while somebody works on them."""

    def __init__(self) -> None:
        self._held: set[bytes] = set()
        self._released = asyncio.Event()

    @asynccontextmanager
    async def of(self, keys: Collection[bytes]) -> AsyncIterator[None]:
        """Hold all of `keys`; waits until nobody else holds any of them."""
        while not self._held.isdisjoint(keys):
            self._released.clear()
            await self._released.wait()
        with self.free_of(keys):
            yield

    @contextmanager
    def free_of(self, keys: Collection[bytes]) -> Iterator[set[bytes]]:
        """Hold those of `keys` that nobody holds, without waiting; gives them."""
        mine = set(keys) - self._held
        self._held |= mine
        try:
            yield mine
        finally:
            self._held -= mine
            self._released.set()
