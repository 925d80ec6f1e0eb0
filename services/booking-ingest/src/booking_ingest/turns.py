"""Who may send of a booking, in the order of arrival: batches work side by side, and a later one may be faster."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

Booking = tuple[str, str]


class Turn:
    """A batch's place in the line of each booking that it holds. It stays there until it is `done`."""

    def __init__(self, line: dict[Booking, asyncio.Future[None]], bookings: Collection[Booking]) -> None:
        self._line = line
        self._bookings = set(bookings)
        self._before = {line[booking] for booking in self._bookings if booking in line}
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.update(dict.fromkeys(self._bookings, self._done))

    async def come(self) -> None:
        """Return when all that lined up before for one of the bookings are done."""
        if self._before:
            await asyncio.wait(self._before)

    def done(self) -> None:
        """Let the next ones go; may be said twice."""
        if self._done.done():
            return
        self._done.set_result(None)
        for booking in self._bookings:
            if self._line.get(booking) is self._done:
                del self._line[booking]


class Turns:
    """The lines of all bookings that are on their way."""

    def __init__(self) -> None:
        self._line: dict[Booking, asyncio.Future[None]] = {}

    def line_up(self, bookings: Collection[Booking]) -> Turn:
        """A place behind all that have lined up so far."""
        return Turn(self._line, bookings)
