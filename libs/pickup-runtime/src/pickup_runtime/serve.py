"""HTTP in the process's own event loop: Granian serves a Litestar app beside the process's other tasks."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import signal
import socket
from collections.abc import Awaitable, Coroutine
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from pickup_runtime import logs
from pickup_runtime.collector import calm
from pickup_runtime.errors import SettingsFault

#: Connections that wait to be accepted, and those that are served at once: each open page of the console holds one, as
#: does each of a sender's pool. Granian's own 128 is reached by a few large offices, and then nobody else is answered.
_BACKLOG, _CONNECTIONS = 1024, 4096
#: Files and connections that a process may have open, where the system lets it.
_FILES = 65_536
#: In so long a request's body has to be there. A sender that stops half-way holds nothing for longer.
_BODY_S = 20.0
_log = logs.get("serve")


async def serve(app: Any, *, host: str, port: int) -> None:
    """Serve an ASGI app until cancelled. Connections open then are closed."""
    server = Server(
        prompt(app, _BODY_S),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS,
    )
    task = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(task)
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([task], timeout=5)


def prompt(app: Any, within_s: float) -> Any:
    """An ASGI app to which a sender whose request is not there in time has hung up."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        ends = asyncio.get_running_loop().time() + within_s
        whole = False

        async def receiving() -> Any:
            nonlocal whole
            if whole:
                # What comes now is that the reader goes: it may look at a page for hours.
                return await receive()
            try:
                async with asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            return message

        await app(scope, receiving, send)

    return answer


def claim(**ports: tuple[str, int]) -> None:
    """Make sure that nothing listens where a service is about to: the server shares a port with another process that
    allows it, and each would get a part of the requests without a word. `ports` are hosts and ports by setting.

    Raises:
        SettingsFault: a port is taken, is given twice, or can't be bound at that address.
    """
    named: dict[tuple[str, int], str] = {}
    for setting, (host, port) in ports.items():
        if (other := named.setdefault((host, port), setting)) != setting:
            raise SettingsFault(f"{setting}: port {port} is {other}'s already")
    for setting, (host, port) in ports.items():
        try:
            family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, number) as probe:
                # What a service of before has left behind in closing keeps no new one from beginning.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsFault(
                    f"{setting}: something listens on port {port} already, perhaps another process of this service"
                ) from None
            raise SettingsFault(f"{setting}: port {port} of {host} can't be had: {error.strerror}") from None


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a service's main coroutine until it ends, or until SIGTERM or SIGINT cancels it and it has cleaned up."""
    logging.captureWarnings(True)
    calm()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES if most == resource.RLIM_INFINITY else min(_FILES, most), most))
    uvloop.run(_until_signalled(main))


async def _until_signalled(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(main)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _log.info("stopped")


async def first_failure(*tasks: Awaitable[None]) -> None:
    """Run tasks together until one ends; the others are cancelled, and its error, if any, is raised."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(_never_ends(task))


async def _never_ends(work: Awaitable[None]) -> None:
    await work
    raise RuntimeError("a task that should run for ever has ended")
