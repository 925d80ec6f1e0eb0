"""What is away comes back, and the work is done then; what is wrong is not tried again."""

from __future__ import annotations

import asyncpg
import pytest

from pickup_runtime.postgres import until_available


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        asyncpg.CannotConnectNowError("the database system is shutting down"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_goes_in_mid_query_is_waited_for(error: Exception) -> None:
    answers: list[Exception | str] = [error, "done"]

    async def work() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await until_available(work, what="work") == "done"


async def test_a_wrong_statement_is_not_tried_again() -> None:
    async def work() -> None:
        raise asyncpg.UndefinedColumnError('column "x" does not exist')

    with pytest.raises(asyncpg.UndefinedColumnError):
        await until_available(work, what="work")
