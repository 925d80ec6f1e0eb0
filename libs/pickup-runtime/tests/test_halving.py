"""One that breaks the work of all is found, and nothing is blamed for what the database or the broker says."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pickup_runtime.halving import halved


@given(some.lists(some.tuples(some.integers(), some.booleans()), max_size=30))
async def test_whoever_breaks_it_stands_alone_and_all_others_are_taken_in_order(items: list[tuple[int, bool]]) -> None:
    async def take(part: Sequence[tuple[int, bool]]) -> list[str]:
        if any(breaks for _, breaks in part):
            raise KeyError("a field")
        return [f"took {number}" for number, _ in part]

    async def alone(item: tuple[int, bool], error: Exception) -> list[str]:
        assert isinstance(error, KeyError)
        return [f"set aside {item[0]}"]

    came_of = await halved(items, take, alone)
    assert [one for part in came_of for one in part] == [
        f"{'set aside' if breaks else 'took'} {number}" for number, breaks in items
    ]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
        asyncpg.UndefinedColumnError("column does not exist"),
        asyncpg.InsufficientPrivilegeError("permission denied"),
        ConnectionResetError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_sick_database_is_nobodys_fault(error: Exception) -> None:
    tried: list[int] = []

    async def take(part: Sequence[int]) -> None:
        tried.append(len(part))
        raise error

    async def alone(item: int, _: Exception) -> None:
        raise AssertionError(f"{item} was blamed")

    with pytest.raises(type(error)):
        await halved([1, 2, 3, 4], take, alone)
    assert tried == [4]
