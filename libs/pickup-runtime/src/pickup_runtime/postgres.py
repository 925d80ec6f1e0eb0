"""PostgreSQL: a pool per service, in that service's own schema and role, and waiting for a database that is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import asyncpg
from aiokafka.errors import KafkaError

from pickup_runtime import logs

T = TypeVar("T")
Pool: TypeAlias = "asyncpg.Pool"
Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"

#: What asyncpg raises when the server is away, starting, stopping or gone mid-query; and what it says when it can't
#: take anything just now, or has undone a transaction for another's sake: asked again later, it may.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # Too many connections, no memory, the disk is full.
    asyncpg.InsufficientResourcesError,
    # Its disk fails it.
    asyncpg.PostgresSystemError,
    # A server that another has taken over from.
    asyncpg.ReadOnlySQLTransactionError,
    # A deadlock, or two transactions that could not both be.
    asyncpg.TransactionRollbackError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    # "Cannot switch to state …; another operation is in progress": the server went away while a query was being sent.
    asyncpg.InternalClientError,
)

#: What the server says of the values that it is given, rather than of itself.
_OF_VALUES: tuple[type[BaseException], ...] = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)

_log = logs.get("postgres")


async def open_pool(
    dsn: str,
    *,
    schema: str,
    max_size: int = 8,
    command_timeout_s: float = 30.0,
    on_disk: bool = True,
    planned_once: bool = False,
) -> Pool:
    """A pool whose connections look only into `schema`; waits, logging, until the server answers.

    A connection goes back into the pool as it is. A transaction that was left open is rolled back; nothing else is put
    right, so leave the session alone: no settings, no session-level locks, no cursors that outlive a transaction.

    With `on_disk=False` a commit does not wait for the disk. Others see it at once, but it is lost if the server
    crashes before it is written: within a second, or with the next commit that does wait, on whatever pool.

    Statements that are alike for whatever values can be `planned_once`; otherwise PostgreSQL plans each of them five
    times on every connection before it settles.
    """

    async def connect() -> Pool:
        pool: Pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=max_size,
            command_timeout=command_timeout_s,
            # asyncpg's own reset costs a round trip after every query.
            reset=_as_it_is,
            server_settings={
                "search_path": schema,
                "application_name": f"pickup-guard/{schema}",
                # Compiling a statement takes longer than any of ours runs.
                "jit": "off",
                **({} if on_disk else {"synchronous_commit": "off"}),
                **({"plan_cache_mode": "force_generic_plan"} if planned_once else {}),
            },
        )
        return pool

    return await until_available(connect, what="open pool")


async def _as_it_is(_: Connection) -> None: ...


async def until_available(work: Callable[[], Awaitable[T]], *, what: str, give_up_after_s: float | None = None) -> T:
    """Run `work` until the database answers, with a back-off of at most 2 s.

    `work` must be safe to repeat: the connection may have been lost after it was done.

    Raises:
        the last error, when `give_up_after_s` is set and has passed; at once, what no waiting mends: a value at fault.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    delay = 0.05
    while True:
        try:
            return await work()
        except UNAVAILABLE as error:
            if lies_in_the_row(error):
                # asyncpg raises an InterfaceError not only for a lost connection but also for a value that it can't
                # encode and for a DSN that it can't read. Those no waiting mends.
                raise
            if give_up_after_s is not None and loop.time() - started > give_up_after_s:
                raise
            _log.warning("database_unavailable", what=what, error=type(error).__name__, retry_in_s=round(delay, 2))
            await asyncio.sleep(delay * (0.5 + random.random()))
            delay = min(delay * 2, 2.0)


async def answers(pool: Pool) -> bool:
    """Whether the database answers a trivial query within a second."""
    try:
        async with asyncio.timeout(1.0):
            got: Any = await pool.fetchval("select 1")
    except UNAVAILABLE:
        return False
    return bool(got == 1)


def lies_in_the_row(error: BaseException) -> bool:
    """Whether `error` came of what was read or written, so that other rows may do better; `False` when it came of the
    database (away, full, without the table) or of the broker, where no other row would."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, _OF_VALUES)
    if isinstance(error, asyncpg.InterfaceError):
        # Of asyncpg's InterfaceErrors, those about a value that does not fit its column are ValueErrors as well.
        return isinstance(error, ValueError)
    return isinstance(error, Exception) and not isinstance(error, (*UNAVAILABLE, KafkaError, MemoryError))
