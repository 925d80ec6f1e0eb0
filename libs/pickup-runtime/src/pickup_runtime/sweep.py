"""Several works that are done now and then: one that fails keeps none of the others from being done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from structlog.typing import FilteringBoundLogger

from pickup_runtime.postgres import until_available


async def forget_each(works: Mapping[str, Callable[[], Awaitable[object]]], log: FilteringBoundLogger) -> None:
    """Forget what each of `works`, named by what it does, is for; a database that is away is waited for. What can't be
    done is logged and left for the next time."""
    for what, work in works.items():
        try:
            await until_available(work, what=what)
        except Exception as error:
            log.error("forgetting_failed", what=what, exc_info=error)
