"""A browser and its push service (RFC 8030, 8188, 8291, 8292): checks who sends, and decrypts as the browser would."""

from __future__ import annotations

import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import http_ece  # type: ignore[import-untyped]
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02  # type: ignore[import-untyped]

from standins.http import HttpStandin


class PushService(HttpStandin):
    """One subscription, made for one application server. `status` other than 201 answers that instead."""

    success = 201

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.server_key = ec.generate_private_key(ec.SECP256R1())
        self.status = 201
        self._browser = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    @property
    def vapid_key(self) -> str:
        """The application server's key as a deployment keeps it."""
        return _text(self.server_key.private_numbers().private_value.to_bytes(32, "big"))

    def subscription(self) -> str:
        """As the page's `PushSubscription.toJSON()` gives it."""
        keys = {"p256dh": _text(_point(self._browser.public_key())), "auth": _text(self._auth)}
        return json.dumps({"endpoint": f"{self.url}/wpush/v2/abc", "expirationTime": None, "keys": keys})

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/wpush/v2/abc", self._push)]

    async def _push(self, request: web.Request) -> web.StreamResponse:
        if self.status != 201:
            return web.json_response({"code": self.status, "errno": 106}, status=self.status)
        if not self._is_from_the_server(request.headers.get("Authorization", "")):
            return web.json_response({"code": 401, "errno": 109}, status=401)
        if "TTL" not in request.headers or request.headers.get("Content-Encoding") != "aes128gcm":
            return web.json_response({"code": 400, "errno": 111}, status=400)
        if len(body := await request.read()) > 4096:
            return web.json_response({"code": 413, "errno": 104}, status=413)
        clear = http_ece.decrypt(body, private_key=self._browser, auth_secret=self._auth, version="aes128gcm")
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, json.loads(clear)))
        return web.Response(status=201, headers={"Location": f"{self.url}/m/1"})

    def _is_from_the_server(self, authorization: str) -> bool:
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme.lower() != "vapid" or parts.get("k") != _text(_point(self.server_key.public_key())):
            return False
        claims = json.loads(_bytes(parts["t"].split(".")[1]))
        now = time.time()
        return bool(
            Vapid02.verify(f"vapid t={parts['t']},k={parts['k']}")
            and claims["aud"] == self.url
            and now < claims["exp"] <= now + 24 * 3600
            and claims["sub"].startswith("mailto:")
        )


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
