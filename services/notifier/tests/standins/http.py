"""What every HTTP stand-in has: a port, faults in a row, and a count of what it has written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal, Self

from aiohttp import web

#: `500`, `429` (with Retry-After), `reset` and `hang` come instead of an answer. `lost` takes what was sent and then
#: never answers. `slow_body` and `huge` send the headers of a success and then drip, or never end. `wrong_json` answers
#: a success with something else than was promised; `redirect` leads to another address of this server.
Fault = Literal["500", "429", "reset", "hang", "lost", "slow_body", "huge", "wrong_json", "redirect"]
FAULTS: tuple[Fault, ...] = ("500", "429", "reset", "hang", "lost", "slow_body", "huge", "wrong_json", "redirect")
RETRY_AFTER_S = 7
_CHUNK = b"x" * 65_536
_HUGE = 100_000_000


class HttpStandin:
    """A server whose `routes` are the provider's. `faults` are spent one a request, oldest first."""

    success = 200

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests = 0
        self.written = 0
        self.followed = 0
        self.port = 0
        self._over = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def end(self) -> None:
        """Whatever hangs or drips comes to its end."""
        self._over.set()

    def problem(self, status: int) -> web.Response:
        """An error as the provider words it."""
        return web.Response(status=status, text="no")

    @web.middleware
    async def _faulty(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == "/elsewhere":
            self.followed += 1
            return web.Response(text="{}")
        self.requests += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault in (None, "lost", "slow_body", "huge", "wrong_json"):
            answer = await handler(request)
            if fault is None or answer.status >= 400:
                return answer
        return await self._fail(fault or "500", request)

    async def _fail(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        match fault:
            case "500":
                return self.problem(500)
            case "429":
                answer = self.problem(429)
                answer.headers["Retry-After"] = str(RETRY_AFTER_S)
                return answer
            case "redirect":
                return web.Response(status=307, headers={"Location": f"{self.url}/elsewhere"})
            case "wrong_json":
                return web.Response(status=self.success, text="<html>Sign in to the hotel's Wi-Fi</html>")
            case "reset":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case "hang" | "lost":
                await self._over.wait()
                return web.Response(status=503)
            case "slow_body" | "huge":
                return await self._pour(request, fault)

    async def _pour(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        answer = web.StreamResponse(status=self.success, headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        try:
            while self.written < _HUGE and not self._over.is_set():
                chunk = _CHUNK if fault == "huge" else b" "
                await answer.write(chunk)
                self.written += len(chunk)
                if fault == "slow_body":
                    await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.CancelledError):
            pass
        return answer

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application(middlewares=[self._faulty])
        app.add_routes([*self.routes(), web.route("*", "/elsewhere", _elsewhere)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            self._over.set()
            await runner.cleanup()


async def _elsewhere(_: web.Request) -> web.Response:
    return web.Response(text="{}")
