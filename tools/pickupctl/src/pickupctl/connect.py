"""What commands need to reach: read from the same `PICKUP_*` settings that the services use."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import SecretStr, ValidationError

from pickup_runtime.broker import Broker
from pickup_runtime.entry import SECRETS_DIR, faults
from pickup_runtime.errors import RuntimeFault, SettingsFault
from pickup_runtime.postgres import Pool
from pickup_runtime.settings import KafkaSettings, dsn_with_password
from pickupctl.errors import CommandFault

T = TypeVar("T")


def setting(name: str) -> str:
    """A setting from the environment.

    Raises:
        CommandFault: it is not there; says how to set it.
    """
    value = optional(name)
    if not value:
        raise CommandFault(f"{name} is not set. With the demo running: `set -a; . .pickup-guard/demo/env; set +a`")
    return value


def optional(name: str) -> str | None:
    """A setting from the environment, or from its file in PICKUP_SECRETS_DIR; `None` when it is in neither."""
    value = os.environ.get(name)
    if value:
        return value
    folder = os.environ.get(SECRETS_DIR)
    file = Path(folder) / name.lower() if folder else None
    return file.read_text().strip() if file is not None and file.is_file() else None


def broker() -> Broker:
    """Where Kafka is and how to speak to it, from the services' own settings.

    Raises:
        CommandFault: PICKUP_KAFKA_BOOTSTRAP is not there, or a setting beside it is wrong.
    """
    setting("PICKUP_KAFKA_BOOTSTRAP")
    folder = os.environ.get(SECRETS_DIR)
    try:
        return KafkaSettings(  # type: ignore[call-arg]
            _secrets_dir=folder if folder and Path(folder).is_dir() else None
        ).broker()
    except ValidationError as error:
        raise CommandFault("; ".join(faults(error))) from None
    except SettingsFault as error:
        raise CommandFault(str(error)) from None


@asynccontextmanager
async def pool(dsn_setting: str, schema: str) -> AsyncIterator[Pool]:
    """A short-lived connection pool to a service's schema."""
    password = optional(dsn_setting.replace("_DSN", "_PASSWORD"))
    opened = await asyncpg.create_pool(
        dsn_with_password(setting(dsn_setting), SecretStr(password) if password else None),
        min_size=1,
        max_size=1,
        timeout=10,
        server_settings={"search_path": schema},
    )
    try:
        yield opened
    finally:
        await opened.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what is away is said in a sentence.

    Raises:
        CommandFault: broker or database can't be reached, or refused.
    """
    try:
        return asyncio.run(work)
    except KafkaError as error:
        protocol = os.environ.get("PICKUP_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        raise CommandFault(f"Kafka at {os.environ.get('PICKUP_KAFKA_BOOTSTRAP')} ({protocol}): {error}") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise CommandFault(f"the database can't be reached or refused: {error or type(error).__name__}") from None
    except RuntimeFault as error:
        raise CommandFault(str(error)) from None
