"""The console in headless Chromium: a page served on this machine, looked at as people look at it."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from pickup_runtime import serve

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Where the browser is; skips the test where there is none."""
    for name in _BROWSERS:
        if (found := shutil.which(name)) is not None:
            return found
    pytest.skip("Chromium is not installed: `apt-get install chromium`, as .ci/run does, and run this again")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless browser."""
    async with async_playwright() as play:
        made = await play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        try:
            yield made
        finally:
            await made.close()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of an application that is served meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    task = asyncio.create_task(serve.serve(app, host="127.0.0.1", port=port))
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            break
        yield f"http://127.0.0.1:{port}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
