"""Where warnings arrive while they are measured: an operator's system and an SMS provider, on loopback.

They answer at once, or never, and remember when each booking's first request on each channel came.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections import Counter
from email.utils import formatdate
from urllib.parse import parse_qs

from aiohttp import web

SID = "AC" + "b" * 32
#: Drivers' numbers hold the number of their booking: +447 and nine digits.
_DRIVER = re.compile(r"^\+447(\d{9})$")


def phone(number: int) -> str:
    return f"+447{number:09d}"


class Doors:
    """`hanging` channels take requests and never answer. `first` is the moment (`time.time()`) of each booking's first
    request, by channel and the booking's number."""

    def __init__(self) -> None:
        self.first: dict[str, dict[int, float]] = {"webhook": {}, "dispatch_note": {}, "sms": {}}
        self.requests: Counter[str] = Counter()
        self.hanging: frozenset[str] = frozenset()
        self._let_go = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/hook/{operator_id}", self._hook)
        app.router.add_post("/api/jobs/{booking_id}/notes", self._note)
        app.router.add_post(f"/2010-04-01/Accounts/{SID}/Messages.json", self._text)
        app.router.add_get(f"/2010-04-01/Accounts/{SID}/Messages.json", self._texts)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _hook(self, request: web.Request) -> web.Response:
        message = json.loads(await request.read())
        if message["type"].startswith("pickup.alert.warning"):
            self._came("webhook", message["data"]["booking_id"])
        await self._hang("webhook")
        return web.Response(status=204)

    async def _note(self, request: web.Request) -> web.Response:
        self._came("dispatch_note", request.match_info["booking_id"])
        await self._hang("dispatch_note")
        return web.json_response({"id": 1}, status=201)

    async def _text(self, request: web.Request) -> web.Response:
        form = parse_qs((await request.read()).decode())
        to = form["To"][0]
        if (driver := _DRIVER.match(to)) is not None:
            self._came("sms", driver[1])
        await self._hang("sms")
        made = {"sid": f"SM{secrets.token_hex(16)}", "status": "queued", "to": to, "date_created": formatdate()}
        return web.json_response({**made, "body": form["Body"][0]}, status=201)

    async def _texts(self, request: web.Request) -> web.Response:
        await self._hang("sms")
        return web.json_response({"messages": []})

    def _came(self, channel: str, booking: str) -> None:
        self.requests[channel] += 1
        self.first[channel].setdefault(int(booking.lstrip("b")), time.time())

    def hang(self, *channels: str) -> None:
        """From now on these never answer, until this is called with others or none."""
        self.hanging = frozenset(channels)
        self._let_go.set()
        self._let_go = asyncio.Event()

    async def _hang(self, channel: str) -> None:
        while channel in self.hanging:
            await self._let_go.wait()
