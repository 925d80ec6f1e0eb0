"""Keys that people and systems carry: `<prefix>_<id>_<secret>`. The id finds the row; of the secret a hash is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from msgspec import Struct

_FORM = re.compile(r"^(?P<prefix>[a-z]+)_(?P<id>[a-z2-7]{8})_(?P<secret>[A-Za-z0-9_-]{43})$")


class Minted(Struct, frozen=True):
    """A new key. `text` is handed out once; `secret_sha256` is what is kept."""

    text: str
    key_id: str
    secret_sha256: bytes


class Presented(Struct, frozen=True):
    """What somebody came with."""

    key_id: str
    secret: str


def mint(prefix: str) -> Minted:
    """A new key with 256 random bits."""
    key_id = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = secrets.token_urlsafe(32)
    return Minted(f"{prefix}_{key_id}_{secret}", key_id, digest(secret))


def digest(secret: str) -> bytes:
    """What is stored. The secret is random and long: a slow hash would add nothing but latency."""
    return hashlib.sha256(secret.encode()).digest()


def parse(prefix: str, text: str) -> Presented | None:
    """The key in `text`, or `None` when it has not the form of one with this prefix."""
    found = _FORM.match(text.strip())
    return Presented(found["id"], found["secret"]) if found and found["prefix"] == prefix else None


def parse_bearer(prefix: str, header: str | None) -> Presented | None:
    """Likewise from an `Authorization: Bearer …` header."""
    scheme, _, text = (header or "").partition(" ")
    return parse(prefix, text) if scheme.lower() == "bearer" else None


def opens(secret_sha256: bytes, presented: Presented) -> bool:
    """Whether the presented secret is the stored one, in constant time."""
    return hmac.compare_digest(secret_sha256, digest(presented.secret))
