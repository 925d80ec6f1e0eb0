"""Links to the driver's page: one alert, one driver, until a moment. Pure.

A link travels in a text message, where `channels.links` would cost a part of it: so it is of fixed form, 59 letters
(docs/adr/0060-a-short-link-for-drivers.md). It holds no id of a person; the driver is in it as a keyed hash.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from notifier.alerts.alert import Alert
from pickup_contracts.alert import Audience

#: Where the page is.
PATH = "/d"
#: How long after the alert's deadline, or the newest that was told of it: a driver's shift.
GOOD_FOR = timedelta(hours=12)
_CONTENT, _MAC, _HOLDER, _LETTERS = 28, 16, 8, 59
_LAST = 2**32 - 1

Reason = Literal["malformed", "altered", "expired"]


class Ticket(Struct, frozen=True):
    """What a link opens, and for whom: `holder` is the keyed hash of the driver."""

    alert_id: UUID
    holder: bytes
    expires: datetime


class Refused(Struct, frozen=True):
    """Why a link is not followed. Whoever holds it is not told."""

    reason: Reason


class DriverLinks:
    """Makes and checks links under `public_url`. A `previous` key is still believed."""

    def __init__(self, key: bytes, public_url: str, previous: bytes | None = None) -> None:
        self._keys = [key] if previous is None else [key, previous]
        self._base = public_url.rstrip("/") + PATH

    def link_for(self, alert: Alert, audience: Audience, recipient: str = "driver") -> str | None:
        """The page of an alert for its driver (`telling.LinkFor`); `None` for others, and when nobody has the job."""
        del recipient
        if audience != "driver" or alert.driver is None:
            return None
        expires = max(alert.deadline, alert.updated_at) + GOOD_FOR
        return f"{self._base}/{self.sign(alert, expires)}"

    def sign(self, alert: Alert, expires: datetime) -> str:
        """The token of a link for the driver who has the job now."""
        until = min(int(expires.timestamp()), _LAST)
        key = self._keys[0]
        holder = _holder(key, alert.operator_id, alert.driver or "")
        content = alert.alert_id.bytes + holder + until.to_bytes(4, "big")
        return urlsafe_b64encode(content + _mac(key, content)).rstrip(b"=").decode()

    def verify(self, token: str, now: datetime) -> Ticket | Refused:
        """The ticket of a token that is whole and not expired."""
        raw = _bytes(token)
        if raw is None:
            return Refused("malformed")
        content, mac = raw[:_CONTENT], raw[_CONTENT:]
        if not any(hmac.compare_digest(_mac(key, content), mac) for key in self._keys):
            return Refused("altered")
        until = int.from_bytes(content[16 + _HOLDER :], "big")
        if now.timestamp() >= until:
            return Refused("expired")
        return Ticket(UUID(bytes=content[:16]), content[16 : 16 + _HOLDER], datetime.fromtimestamp(until, UTC))

    def is_for(self, ticket: Ticket, alert: Alert) -> bool:
        """Whether the ticket's holder is who has the job now."""
        if alert.driver is None:
            return False
        return any(
            hmac.compare_digest(_holder(key, alert.operator_id, alert.driver), ticket.holder) for key in self._keys
        )


def _holder(key: bytes, operator_id: str, driver: str) -> bytes:
    # An operator's id has no slash.
    return hmac.new(key, f"driver/{operator_id}/{driver}".encode(), hashlib.sha256).digest()[:_HOLDER]


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, b"driver-link/1." + content, hashlib.sha256).digest()[:_MAC]


def _bytes(token: str) -> bytes | None:
    if len(token) != _LETTERS or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "=")
    except ValueError:
        return None
    # One token has one spelling: the decoder skips what is not base64 and ignores loose bits at the end.
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == token else None
