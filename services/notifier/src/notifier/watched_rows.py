"""Bookings as the notifier follows them, in the database: until 48 hours after their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from notifier.watch import Watched
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

#: Operator and booking.
Key = tuple[str, str]

_SQL = queries("notifier")
_watched = msgspec.json.Decoder(Watched)


class WatchedRows:
    """Bookings that are followed, within a transaction or, over a pool, each statement by itself."""

    def __init__(self, over: Connection | Pool) -> None:
        self._over = over

    async def of(self, keys: Sequence[Key]) -> dict[Key, Watched]:
        """Those of `keys` that are followed."""
        rows = await self._over.fetch(_SQL["read_watched"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): watched_of(row[2]) for row in rows}

    async def write(self, bookings: Mapping[Key, Watched], now: datetime) -> None:
        """Follow them as they are now."""
        if bookings:
            await self._over.execute(
                _SQL["write_watched"],
                [key[0] for key in bookings],
                [key[1] for key in bookings],
                [msgspec.json.encode(one) for one in bookings.values()],
                [one.ended for one in bookings.values()],
                [now] * len(bookings),
            )


def watched_of(document: bytes) -> Watched:
    """A booking as it is kept."""
    return _watched.decode(document)
