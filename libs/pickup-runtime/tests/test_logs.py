"""No personal data in a log line, whatever a caller passes and whatever an error says."""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog
import uvloop

from pickup_contracts.errors import MalformedEvent
from pickup_runtime import logs, traces
from pickup_runtime.errors import SettingsFault

_NAME = "no such street: 14 Meadow Close, Mrs Example"


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What was logged so far."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    logs.configure("t", form=request.param)
    yield stream.getvalue
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.handlers[:], level, logging.raiseExceptions = before
    root.setLevel(level)


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_personal_keys_are_redacted(written: Callable[[], str]) -> None:
    logs.get("room").warning("happened", phone="07700900123", name="Mrs X", offset=3)
    line = json.loads(written().splitlines()[-1])
    assert line["phone"] == line["name"] == "[redacted]"
    assert (line["offset"], line["service"], line["room"], line["level"]) == (3, "t", "room", "warning")


def deep(levels: int) -> None:
    """An error with the name in it, in what led to it, in what it groups and in what it carries."""
    try:
        if levels:
            deep(levels - 1)
        else:
            raise KeyError(_NAME)
    except (KeyError, ValueError, ExceptionGroup) as error:
        error.add_note(_NAME)
        if levels % 3 == 0:
            raise ValueError(_NAME, {"address": _NAME}) from error
        if levels % 3 == 1:
            raise ExceptionGroup(_NAME, [error, OSError(_NAME), asyncpg.DataError(_NAME)]) from error
        raise RuntimeError(_NAME)  # noqa: B904


def caught(work: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as error:  # noqa: PT011
        work()
    return error.value


def test_what_an_error_says_is_left_out_at_every_depth(written: Callable[[], str]) -> None:
    log = logs.get("room")
    try:
        deep(5)
    except Exception as error:
        log.exception("batch_failed", events=3)
        log.error("given", exc_info=error)
        log.error("given", exc_info=(type(error), error, error.__traceback__))
        log.error("among_values", error=error, several=[error, {"x": (error,)}])
    said = written()
    assert "Mrs Example" not in said
    assert "Meadow" not in said
    for kind in ("RuntimeError", "ExceptionGroup", "ValueError", "KeyError", "OSError", "asyncpg", "caused by"):
        assert kind in said
    assert "while handling " in said
    assert f"{__file__}:{deep.__code__.co_firstlineno + 6} in deep" in said


def test_libraries_lines_go_the_same_way(written: Callable[[], str]) -> None:
    error = caught(lambda: deep(3))
    faust, asyncios = logging.getLogger("faust.app"), logging.getLogger("asyncio")
    faust.error("[^Agent]: Crashed reason=%r", error, exc_info=error)
    faust.error("%s of %d: %s", {"booking": error}, error, [(error, b"Mrs Example"), structlog])
    faust.error("Traceback (most recent call last):\n  …\nValueError: Mrs Example")
    faust.error("it failed\nTraceback (most recent call last):\n  …\nValueError: Mrs Example")
    faust.error("%d too few %s", error)
    asyncios.error(f"Exception in callback greet('Mrs Example')\nhandle: <Handle {_NAME}>", exc_info=error)
    logging.getLogger("_granian").error("startup failed", exc_info=error)
    logging.getLogger("uvicorn.error").exception("no", exc_info=error, stack_info=True)
    logging.getLogger("aiokafka.conn").error('Unable connect to "%s:%s": %s', "kafka", 9092, ConnectionRefusedError())
    logging.getLogger("aiokafka.producer").warning("Got error %s of %s", TimeoutError, ("booking.events.v1", 3))
    said = written()
    assert "Mrs Example" not in said
    assert "Got error TimeoutError of ['booking.events.v1', 3]" in said
    assert "Crashed reason=" in said
    assert "KeyError" in said
    assert "Exception in callback greet" in said
    assert "faust.app" in said
    assert "kafka:9092" in said


def test_what_ends_a_task_a_thread_or_the_process_goes_the_same_way(written: Callable[[], str]) -> None:
    async def lost() -> None:
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(deep, 2))
        asyncio.get_running_loop().call_soon(deep, 1)
        await asyncio.sleep(0.1)
        assert task.done()
        del task
        gc.collect()

    asyncio.run(lost())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(lost())
    said = written()
    assert said.count("Task exception was never retrieved") == 2
    assert said.count("Exception in callback") == 2
    thread = threading.Thread(target=deep, args=(2,))
    thread.start()
    thread.join()

    class Closing:
        def __del__(self) -> None:
            deep(1)

    made = Closing()
    del made
    error = caught(lambda: deep(4))
    sys.excepthook(type(error), error, error.__traceback__)
    said = written()
    for event in ("thread_ended_by_error", "error_ignored", "ended_by_error"):
        assert event in said
    assert "Mrs Example" not in said


def test_what_is_promised_to_hold_nothing_personal_is_said() -> None:
    assert "pickup.address: is required" in traces.told(MalformedEvent("pickup.address", "is required"))
    assert traces.named(SettingsFault("PICKUP_X is not set")).endswith("SettingsFault: PICKUP_X is not set")
    assert traces.named(ConnectionRefusedError(errno.ECONNREFUSED, _NAME)) == (
        "ConnectionRefusedError: Connection refused"
    )
    assert traces.named(OSError(_NAME)) == "OSError"
    assert traces.named(socket.gaierror(socket.EAI_NONAME, "Name or service not known")).endswith("service not known")


async def test_of_the_databases_errors_the_constraint_is_said(postgres: Any) -> None:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await connection.execute("create temporary table people (name text constraint people_key primary key)")
        await connection.execute("insert into people values ($1)", _NAME)
        with pytest.raises(asyncpg.UniqueViolationError, match="Mrs Example") as caught:
            await connection.execute("insert into people values ($1)", _NAME)
    finally:
        await connection.close()
    said = traces.told(caught.value)
    assert said.startswith("asyncpg.exceptions.UniqueViolationError: people, people_key\n")
    assert "Mrs Example" not in said


def test_however_long_it_is_it_stays_readable() -> None:
    def down(levels: int) -> None:
        if levels:
            down(levels - 1)
        raise ValueError(_NAME)

    said = traces.told(caught(lambda: down(500)))
    assert len(said.splitlines()) < 40
    assert "more" in said
    error = ValueError()
    error.__context__ = other = KeyError()
    other.__context__ = error
    assert traces.told(error) == "ValueError\nwhile handling KeyError\nwhile handling ValueError"
    group = ExceptionGroup("", [ExceptionGroup("", [ValueError() for _ in range(100)]) for _ in range(100)])
    assert len(traces.told(group).splitlines()) <= 201
