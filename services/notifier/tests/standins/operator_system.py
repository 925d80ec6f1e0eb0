"""An operator's own system: takes signed webhooks, and notes on bookings."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from standins.http import HttpStandin


class OperatorSystem(HttpStandin):
    """`secrets` are those that a webhook's signature may be checked with: any of them, alone."""

    def __init__(self, secrets: list[str], token: str = "Bearer t0p") -> None:
        super().__init__()
        self.secrets = secrets
        self.token = token
        self.webhooks: list[tuple[str, str]] = []
        self.notes: list[tuple[str, str, dict[str, Any]]] = []
        self.forged = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hook", self._hook), web.post("/api/jobs/{booking}/notes", self._note)]

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        for secret in self.secrets:
            try:
                Signer(secret).verify(body, dict(request.headers))
            except WebhookVerificationError:
                self.forged += 1
                return web.Response(status=401)
        self.webhooks.append((request.headers["webhook-id"], body))
        return web.Response(status=204)

    async def _note(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != self.token:
            return web.json_response({"error": "unauthorised"}, status=401)
        key = request.headers["Idempotency-Key"]
        if not any(key == known for known, _, _ in self.notes):
            self.notes.append((key, request.match_info["booking"], json.loads(await request.text())))
        return web.json_response({"id": len(self.notes)}, status=201)
