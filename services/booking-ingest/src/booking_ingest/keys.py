"""API keys, by which operators are known: `pg_<id>_<secret>`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

PREFIX = "pg"


class ApiKey(Struct, frozen=True):
    """A key as stored. `revoked_at` is `None` while it works."""

    key_id: str
    operator_id: str
    secret_sha256: bytes
    label: str
    created_at: datetime
    revoked_at: datetime | None = None
