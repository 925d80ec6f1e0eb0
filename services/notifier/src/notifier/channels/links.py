"""Signed links: what their holder may do with one booking, for how long. Pure.

A token is its content and an HMAC-SHA256 over it, both base64url. Nothing in it is secret, and nothing in it names a
person: ids only. What a link allows is repeatable without harm, so that nothing has to be kept of it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

#: Longer ones are not looked at.
_AT_MOST = 1024

Reason = Literal["malformed", "altered", "expired", "another_purpose"]


class Ticket(Struct, frozen=True, array_like=True):
    """What a link is for. `purpose` names the one thing that it opens (`acknowledge`, `driver`); `subject` is that
    thing's own id (a delivery's, a driver's); `expires` is in whole seconds since 1970."""

    purpose: str
    operator_id: str
    booking_id: str
    subject: str
    expires: int


class Refusal(Struct, frozen=True):
    """Why a link is not followed. Its holder is told no more than that it has expired or is not valid."""

    reason: Reason


_decoder = msgspec.json.Decoder(Ticket)


class Links:
    """Signs and checks links. A `previous` key is still believed, so that links survive the change of a key."""

    def __init__(self, key: bytes, previous: bytes | None = None) -> None:
        self._key = key
        self._keys = [key] if previous is None else [key, previous]

    def sign(self, ticket: Ticket) -> str:
        """The token, safe to stand in a URL's path."""
        content = msgspec.json.encode(ticket)
        return f"{_text(content)}.{_text(_mac(self._key, content))}"

    def verify(self, token: str, purpose: str, now: datetime) -> Ticket | Refusal:
        """The ticket of a token that is whole, of this purpose and not expired."""
        parts = token.split(".") if len(token) <= _AT_MOST else []
        content, mac = (_bytes(part) for part in parts) if len(parts) == 2 else (None, None)
        if content is None or mac is None:
            return Refusal("malformed")
        if not any(hmac.compare_digest(_mac(key, content), mac) for key in self._keys):
            return Refusal("altered")
        try:
            ticket = _decoder.decode(content)
        except msgspec.MsgspecError:
            return Refusal("malformed")
        if ticket.purpose != purpose:
            return Refusal("another_purpose")
        if now.timestamp() >= ticket.expires:
            return Refusal("expired")
        return ticket


def derived(secret: bytes, use: str) -> bytes:
    """A key of its own for one use, from the deployment's secret."""
    return hmac.new(secret, f"pickup-guard/{use}".encode(), hashlib.sha256).digest()


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, b"link/1." + content, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # One token has one spelling: the decoder skips what is not base64 and ignores loose bits at the end.
    return found if _text(found) == text else None
