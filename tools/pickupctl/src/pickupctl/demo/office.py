"""The operators' own systems in the demo: they receive signed webhooks, check them, and show what drivers get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


class Office:
    """A small web server on loopback that believes only what is signed."""

    def __init__(self, secrets: dict[str, str], on_alert: Callable[[dict[str, Any]], None]) -> None:
        self._signers = {operator_id: Webhook(secret) for operator_id, secret in secrets.items()}
        self._on_alert = on_alert
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_post("/{operator_id}", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        signer = self._signers.get(request.match_info["operator_id"])
        body = await request.text()
        if signer is None:
            return web.Response(status=404)
        try:
            signer.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        self._on_alert(json.loads(body))
        return web.Response(status=204)
