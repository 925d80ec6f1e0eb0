"""API keys: `pg_<id>_<secret>`. The id finds the row; of the secret only a SHA-256 is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from msgspec import Struct

_FORM = re.compile(r"^pg_(?P<id>[a-z2-7]{8})_(?P<secret>[A-Za-z0-9_-]{43})$")


class ApiKey(Struct, frozen=True):
    """A key as stored. `revoked_at` is `None` while it works."""

    key_id: str
    operator_id: str
    secret_sha256: bytes
    label: str
    created_at: datetime
    revoked_at: datetime | None = None


class PresentedKey(Struct, frozen=True):
    """What a caller sent."""

    key_id: str
    secret: str


def mint() -> tuple[str, str, bytes]:
    """A new key: the text to hand out once, its id, and the hash to keep. The secret has 256 bits."""
    key_id = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = secrets.token_urlsafe(32)
    return f"pg_{key_id}_{secret}", key_id, digest(secret)


def digest(secret: str) -> bytes:
    """What is stored. The secret is random and long: a slow hash would add nothing but latency."""
    return hashlib.sha256(secret.encode()).digest()


def parse(header: str | None) -> PresentedKey | None:
    """The key in an `Authorization: Bearer …` header; `None` when there is none of the right form."""
    scheme, _, token = (header or "").partition(" ")
    found = _FORM.match(token.strip()) if scheme.lower() == "bearer" else None
    return PresentedKey(found["id"], found["secret"]) if found else None


def opens(key: ApiKey, presented: PresentedKey) -> bool:
    """Whether the presented secret is the key's, in constant time, and the key still works."""
    return hmac.compare_digest(key.secret_sha256, digest(presented.secret)) and key.revoked_at is None
