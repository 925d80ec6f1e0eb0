"""Many items at once, of which one may break the work of all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pickup_runtime.postgres import lies_in_the_row

T = TypeVar("T")
R = TypeVar("R")


async def halved(
    items: Sequence[T],
    take: Callable[[Sequence[T]], Awaitable[R]],
    alone: Callable[[T, Exception], Awaitable[R]],
) -> list[R]:
    """Take items together; where one of them breaks it, halve them until that one stands alone, and give it to `alone`
    with its error. Returns what came of each part, in order; nothing is taken of no items.

    Raises:
        what is not the fault of an item (`lies_in_the_row`): it would be said of every one of them.
    """
    if not items:
        return []
    try:
        return [await take(items)]
    except Exception as error:
        if not lies_in_the_row(error):
            raise
        if len(items) == 1:
            return [await alone(items[0], error)]
    middle = len(items) // 2
    return [*await halved(items[:middle], take, alone), *await halved(items[middle:], take, alone)]
