"""Many who hold their connection, and some who never finish a request, keep nobody else from being answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.response import ServerSentEvent

from pickup_runtime import serve

from .serving import served

_HELD = 300


def app() -> Litestar:
    """One page that stays open, one that reads a body, one that answers."""

    @get("/live")
    async def live() -> ServerSentEvent:
        async def rings() -> AsyncIterator[dict[str, str]]:
            yield {"event": "hello", "data": ""}
            await asyncio.sleep(1.5)
            yield {"event": "again", "data": ""}
            await asyncio.sleep(60)

        return ServerSentEvent(rings())

    @post("/body")
    async def body(request: Request[Any, Any, Any]) -> int:
        return len(await request.body())

    @get("/there")
    async def there() -> str:
        return "yes"

    return Litestar([live, body, there], openapi_config=None, logging_config=None)


async def connected(url: str, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    return reader, writer


async def test_hundreds_of_open_pages_leave_room_for_whoever_comes() -> None:
    async with served(app()) as url, httpx.AsyncClient(base_url=url, timeout=5) as client:
        held = [await connected(url, b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(_HELD)]
        try:
            for reader, _ in held:
                assert b"200" in await asyncio.wait_for(reader.readline(), 5)
            assert (await client.get("/there")).text == "yes"
        finally:
            for _, writer in held:
                writer.close()


async def test_who_never_finishes_a_body_is_hung_up_on_and_whoever_does_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_BODY_S", 0.5)
    half = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"
    async with served(app()) as url, httpx.AsyncClient(base_url=url, timeout=5) as client:
        reader, writer = await connected(url, half)
        whole_reader, whole_writer = await connected(url, half)
        await asyncio.sleep(0.1)
        whole_writer.write(b"wholex")
        assert b"201" in await asyncio.wait_for(whole_reader.readline(), 5)
        # Whatever it is answered: it ends, and long before it would have sent the rest.
        await asyncio.wait_for(reader.read(), 5)
        assert reader.at_eof()
        # A page that only reads is not taken for one that never asks.
        stays, other = await connected(url, b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"again" in await asyncio.wait_for(stays.readuntil(b"again"), 5)
        assert (await client.get("/there")).text == "yes"
        for one in (writer, whole_writer, other):
            one.close()
