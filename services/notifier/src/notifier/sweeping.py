"""What is done over and over because time has passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger

from pickup_runtime.postgres import UNAVAILABLE

#: What one sweep takes at most; after a full one the next begins at once.
AT_ONCE = 100


async def sweeping(sweep: Callable[[], Awaitable[int]], *, every_s: float, log: FilteringBoundLogger) -> None:
    """Sweep until cancelled; a database that is away is said and waited for. Any number of workers may, where each
    takes what no other has."""
    while True:
        try:
            while await sweep() >= AT_ONCE:
                pass
        except UNAVAILABLE as error:
            log.warning("database_unavailable", error=type(error).__name__)
        await asyncio.sleep(every_s)
