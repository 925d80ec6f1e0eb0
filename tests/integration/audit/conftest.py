"""A database of the test's own, and the command line on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.main import app
from tests.integration.audit.record import KEY


@pytest.fixture
async def pool(database: MakePool) -> Pool:
    return await database("notifier", "notifier")


@pytest.fixture
async def run(pool: Pool, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`pickupctl`, on this test's database."""
    name = await pool.fetchval("select current_database()")
    monkeypatch.setenv("PICKUP_NOTIFIER_DSN", postgres.dsn(name, "pickup_notifier"))
    monkeypatch.setenv("PICKUP_AUDIT_KEY", KEY)
    for absent in ("PICKUP_SCORER_DSN", "PICKUP_NOTIFIER_PASSWORD", "PICKUP_SECRETS_DIR"):
        monkeypatch.delenv(absent, raising=False)

    async def invoke(*arguments: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))

    return invoke
