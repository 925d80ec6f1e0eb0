"""What is away comes back, and the work is done then; what is wrong is not tried again."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from pickup_runtime.postgres import lies_in_the_row, until_available


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        asyncpg.CannotConnectNowError("the database system is shutting down"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.DiskFullError("could not extend file: No space left on device"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_can_take_nothing_just_now_is_waited_for(error: Exception) -> None:
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


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.exceptions._base.DataError("invalid input for query argument $1"),
        asyncpg.ClientConfigurationError("invalid DSN"),
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
async def test_a_value_that_no_waiting_mends_is_not_tried_again(error: Exception) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        raise error

    async with asyncio.timeout(10):
        with pytest.raises(type(error)):
            await until_available(work, what="work")
    assert tries == 1


@pytest.mark.parametrize(
    ("error", "rows"),
    [
        (ValueError("what stands in it"), True),
        (KeyError("name"), True),
        (asyncpg.UntranslatableCharacterError("unsupported Unicode escape sequence"), True),
        (asyncpg.NumericValueOutOfRangeError("integer out of range"), True),
        (asyncpg.NotNullViolationError("null value"), True),
        (asyncpg.exceptions._base.DataError("invalid input for query argument $1"), True),
        (asyncpg.InterfaceError("connection is closed"), False),
        (asyncpg.UndefinedTableError("relation does not exist"), False),
        (asyncpg.DiskFullError("no space left on device"), False),
        (asyncpg.DeadlockDetectedError("deadlock detected"), False),
        (asyncpg.AdminShutdownError("terminating connection"), False),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
        (KafkaConnectionError("no broker"), False),
        (MemoryError(), False),
        (asyncio.CancelledError(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whose_fault_an_error_is(error: BaseException, rows: bool) -> None:
    assert lies_in_the_row(error) is rows
