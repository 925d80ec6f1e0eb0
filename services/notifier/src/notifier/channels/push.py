"""Web push to the driver's page (RFC 8030, payload by RFC 8291, the sender known by RFC 8292, VAPID).

`delivered` means that the push service has taken it for the browser; no protocol says more. An attempt that is repeated
carries the same `Topic`: a copy that still waits is replaced, and the page shows one notification for each `tag`.
pywebpush encrypts; the request itself goes through the guard, for its address comes from a browser.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_ece import ECEException  # type: ignore[import-untyped]
from msgspec import Struct
from py_vapid import Vapid02  # type: ignore[import-untyped]
from pywebpush import WebPusher, WebPushException  # type: ignore[import-untyped]

from notifier.channels import message
from notifier.channels.channel import Attempt
from notifier.channels.message import Message
from notifier.channels.outgoing import Outgoing, attempt_of
from notifier.channels.plain import one_line, plain
from notifier.channels.unexpected import ended_by
from notifier.rung_rows import Delivery
from pickup_runtime.clock import Clock

#: The browser has unsubscribed; a payload is too large, or a sender not known: none of it changes by trying again.
_FINAL = frozenset({400, 401, 403, 404, 410, 413})
_GONE = frozenset({404, 410})
#: Half a day: push services refuse tokens that last for more than a day.
_TOKEN_S = 12 * 60 * 60
#: Push services take 4,096 bytes, of which the encryption needs some.
_TEXT_AT_MOST = 1_000
#: 32 bytes in base64url.
_RAW = re.compile("[A-Za-z0-9_-]{43}")


class _Keys(Struct, frozen=True):
    p256dh: str
    auth: str


class Subscription(Struct, frozen=True):
    """What a browser gives as `PushSubscription.toJSON()`."""

    endpoint: str
    keys: _Keys


_subscription = msgspec.json.Decoder(Subscription)
#: Told the endpoint of a subscription that is no more.
Gone = Callable[[str], Awaitable[None]]


class PushChannel:
    """`private_key` is the VAPID key (PEM, or base64url of its 32 bytes), `contact` the `mailto:` address that push
    services may write to. `gone` is told the endpoint of a browser that has unsubscribed."""

    name = "push"

    def __init__(
        self,
        private_key: str,
        clock: Clock,
        *,
        contact: str,
        timeout_s: float = 8.0,
        allow_private: bool = False,
        gone: Gone | None = None,
    ) -> None:
        self._gone = gone
        self._vapid: Vapid02 = vapid(private_key)
        self._clock = clock
        self._contact = contact if contact.startswith(("mailto:", "https:")) else f"mailto:{contact}"
        self._http = Outgoing(clock, timeout_s=timeout_s, allow_private=allow_private)
        self._allow_private = allow_private

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Give one notification to the browser's push service."""
        told = message.read(delivery.body)
        to = subscription(told.to) if told is not None else None
        if told is None or to is None:
            return Attempt("refused", "to: no push subscription")
        if not self._allow_private and not to.endpoint.startswith("https://"):
            return Attempt("refused", "to: the push service is not reached by https")
        try:
            body = _encrypted(to, _payload(told, delivery))
            if body is None:
                return Attempt("refused", "to: the subscription's keys are not usable")
            answer = await self._http.send("POST", to.endpoint, content=body, headers=self._headers(to, delivery))
        except Exception as error:
            return ended_by(self.name, error)
        if answer.status in _GONE:
            if self._gone is not None:
                await self._gone(to.endpoint)
            return Attempt("refused", "the browser has unsubscribed")
        return attempt_of(answer, gone=_FINAL)

    async def close(self) -> None:
        await self._http.close()

    def _headers(self, to: Subscription, delivery: Delivery) -> dict[str, str]:
        now = self._clock.now().astimezone(UTC)
        place = urlsplit(to.endpoint)
        claims = {
            "aud": f"{place.scheme}://{place.netloc}",
            "exp": int(now.timestamp()) + _TOKEN_S,
            "sub": self._contact,
        }
        return {
            **self._vapid.sign(claims),
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            # A warning that comes after the deadline would only frighten.
            "ttl": str(max(0, int((delivery.deadline - now).total_seconds()))),
            "urgency": "high",
            # At most 32 characters of base64url (RFC 8030, 5.4): the id as it is in hexadecimal.
            "topic": delivery.delivery_id.hex,
        }


def vapid(private_key: str) -> Vapid02:
    """The key that a deployment pushes with.

    Raises:
        ValueError: it is not one.
    """
    try:
        if "BEGIN" in private_key:
            return Vapid02.from_pem(private_key.encode())
        raw = private_key.strip().rstrip("=")
        if _RAW.fullmatch(raw):
            return Vapid02.from_raw(raw.encode())
    except Exception:
        pass
    raise ValueError("not a VAPID key")


def public_key(private_key: str) -> str:
    """The key by which browsers know this deployment (`applicationServerKey`), base64url.

    Raises:
        ValueError: the private key is not one.
    """
    point = vapid(private_key).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def subscription(text: str) -> Subscription | None:
    """The push subscription in a message's `to`."""
    try:
        found = _subscription.decode(text.encode())
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return found if urlsplit(found.endpoint).hostname else None


def service_of(delivery: Delivery) -> str:
    """Which push service a delivery goes to: what fails together."""
    told = message.read(delivery.body)
    to = subscription(told.to) if told is not None else None
    return (urlsplit(to.endpoint).hostname or "") if to is not None else ""


def _encrypted(to: Subscription, payload: bytes) -> bytes | None:
    """The payload as only this browser can read it; `None` when its keys are none."""
    try:
        body: bytes = WebPusher(msgspec.to_builtins(to)).encode(payload, "aes128gcm")["body"]
    except (WebPushException, ECEException, ValueError, IndexError):
        return None
    return body


def _payload(told: Message, delivery: Delivery) -> bytes:
    return msgspec.json.encode(
        {
            "title": one_line(told.subject or "Pickup check")[:120],
            "body": plain(told.text)[:_TEXT_AT_MOST],
            "url": told.link,
            "lang": told.language,
            "tag": str(delivery.delivery_id),
        }
    )
