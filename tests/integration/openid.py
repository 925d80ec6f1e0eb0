"""A real OpenID provider as a process of its own, and somebody on the line before it who can change what it answers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from aiohttp import ClientSession, web

from pickup_runtime.embedded.ports import free_port


class Line:
    """Passes everything on to the provider. `swap` replaces fields of what the token endpoint answers."""

    def __init__(self, port: int) -> None:
        self._behind = f"http://127.0.0.1:{port}"
        self._runner: web.AppRunner | None = None
        self.issuer = ""
        self.swap: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.exchanged: list[dict[str, str]] = []
        self.answered: list[dict[str, Any]] = []

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.issuer = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        async with (
            ClientSession() as session,
            session.request(
                request.method, f"{self._behind}{request.path_qs}", headers=headers, data=body, allow_redirects=False
            ) as answer,
        ):
            if request.path.endswith("openid-configuration"):
                return web.json_response({**await answer.json(), **self.discovery})
            if request.path == "/oauth2/token":
                self.exchanged.append({name: value[0] for name, value in parse_qs(body.decode()).items()})
                said = await answer.json()
                self.answered.append(said)
                return web.json_response({**said, **self.swap}, status=200 if self.swap else answer.status)
            kept = {name: answer.headers[name] for name in ("Location", "Content-Type") if name in answer.headers}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


@contextmanager
def provider() -> Iterator[int]:
    """A provider that insists on a nonce, as a process on loopback; gives its port."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
            stdout=log,
            stderr=log,
        )
        try:
            for _ in range(200):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration", trust_env=False)
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            else:
                log.seek(0)
                raise AssertionError(f"no provider came up: {log.read()[-500:]!r}")
            yield port
        finally:
            child.terminate()
            child.wait(timeout=10)


async def vouch(line: Line, subject: str, **claims: object) -> None:
    """Have the provider know somebody."""
    async with httpx.AsyncClient(base_url=line.issuer, trust_env=False) as client:
        answer = await client.put(f"/users/{subject}", json=claims)
        assert answer.status_code < 300, answer.text


async def consent(url: str, subject: str) -> str:
    """What a person does at the provider: say who they are. Returns where the browser is sent back to."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    location: str = answer.headers["location"]
    return location


def query(url: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
