"""The secrets of one stack: made once, a file each, readable by their owner only.

The files are named like the settings in lower case, so that a service whose PICKUP_SECRETS_DIR is this folder finds
them by itself.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

_MAKERS: dict[str, Callable[[], str]] = {
    "pickup_entity_key": lambda: secrets.token_hex(32),
    "pickup_shared_key": lambda: secrets.token_hex(32),
    "pickup_session_key": lambda: secrets.token_hex(32),
    "pickup_audit_key": lambda: secrets.token_hex(32),
    "pickup_secrets_key": lambda: Fernet.generate_key().decode(),
    "pickup_ingest_password": lambda: secrets.token_urlsafe(24),
    "pickup_scorer_password": lambda: secrets.token_urlsafe(24),
    "pickup_notifier_password": lambda: secrets.token_urlsafe(24),
}


def ensure(folder: Path) -> dict[str, str]:
    """Every secret by the name of its setting; those that are not there yet are made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found: dict[str, str] = {}
    for name, make in _MAKERS.items():
        file = folder / name
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(make())
        found[name.upper()] = file.read_text()
    return found
