"""A password travels apart from the address it belongs to, and may hold whatever a password generator makes."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import open_pool
from pickup_runtime.settings import dsn_with_password


@pytest.mark.parametrize(
    ("dsn", "filled"),
    [
        ("postgresql://pickup_scorer@db:5432/x", "postgresql://pickup_scorer:s@db:5432/x"),
        ("postgresql://pickup_scorer:old@db/x", "postgresql://pickup_scorer:s@db/x"),
        ("postgresql://u@a:1,b:2/x?options=-c%20x=y@z", "postgresql://u:s@a:1,b:2/x?options=-c%20x=y@z"),
        ("postgresql://u@[::1]/x", "postgresql://u:s@[::1]/x"),
        ("postgresql://u@/x?host=/run/postgresql", "postgresql://u:s@/x?host=/run/postgresql"),
        ("postgresql://db/x", "postgresql://:s@db/x"),
    ],
)
def test_the_password_is_put_in(dsn: str, filled: str) -> None:
    assert dsn_with_password(dsn, SecretStr("s")) == filled
    assert dsn_with_password(dsn, None) == dsn


@pytest.fixture
async def guarded(postgres: EmbeddedPostgres) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A role that must give its password, unlike all others there."""
    role = f"r{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"create role {role} login")
    rules = Path(await admin.fetchval("show hba_file"))
    before = rules.read_text()
    rules.write_text(f"host all {role} 127.0.0.1/32 scram-sha-256\n{before}")
    await admin.execute("select pg_reload_conf()")
    yield admin, role
    rules.write_text(before)
    await admin.execute("select pg_reload_conf()")
    await admin.execute(f"drop role {role}")
    await admin.close()


async def test_whatever_is_in_a_password_the_database_gets_it(
    postgres: EmbeddedPostgres, guarded: tuple[asyncpg.Connection, str]
) -> None:
    admin, role = guarded
    dsn = postgres.dsn("postgres", role)
    passwords = (
        "plain",
        "a/b",
        "a#b",
        "a?b",
        "50%",
        "%41",
        "a@b",
        "a:b",
        "a b+c",
        "&=;\"'\\",
        "£ß漢",
        "[x]",
        "//@:?#%",
    )
    for password in passwords:
        await admin.execute(f"alter role {role} password {await admin.fetchval('select quote_literal($1)', password)}")
        pool = await open_pool(dsn_with_password(dsn, SecretStr(password)), schema="public")
        assert await pool.fetchval("select current_user") == role
        await pool.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn_with_password(dsn, SecretStr("another")))
