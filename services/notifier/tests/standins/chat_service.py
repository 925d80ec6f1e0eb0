"""A service that Apprise reaches by its `json://` form, standing for the long tail of them."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from standins.http import HttpStandin


class ChatService(HttpStandin):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/notify", self._notify)]

    async def _notify(self, request: web.Request) -> web.StreamResponse:
        self.got.append(json.loads(await request.text()))
        return web.json_response({"ok": True})
