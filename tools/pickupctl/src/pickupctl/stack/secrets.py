"""The secrets of one local stack: made once, kept beside its data, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from msgspec import Struct


class StackSecrets(Struct, frozen=True):
    """What the services are started with."""

    entity_key: str
    shared_key: str
    session_key: str
    secrets_key: str


def load_or_make(folder: Path) -> StackSecrets:
    """The stack's secrets; made when it has none yet."""
    file = folder / "secrets.json"
    if file.exists():
        return StackSecrets(**json.loads(file.read_text()))
    made = StackSecrets(
        entity_key=secrets.token_hex(32),
        shared_key=secrets.token_hex(32),
        session_key=secrets.token_hex(32),
        secrets_key=Fernet.generate_key().decode(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump({name: getattr(made, name) for name in StackSecrets.__struct_fields__}, out)
    return made
