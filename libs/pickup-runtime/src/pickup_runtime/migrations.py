"""Migrations: plain SQL files of a service, applied once each, in order of name, each in a transaction of its own."""

from __future__ import annotations

import hashlib
from importlib import resources

import asyncpg
from msgspec import Struct

from pickup_runtime.errors import MigrationFault

_LOCK = 0x7069636B  # one migrator at a time; the number only has to be ours

_LEDGER = """
create table if not exists schema_migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


class Migration(Struct, frozen=True):
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load(package: str) -> list[Migration]:
    """The `.sql` files in `<package>/migrations`, in order of name."""
    folder = resources.files(package) / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return [Migration(entry.name, entry.read_text()) for entry in files]


async def migrate(dsn: str, *, schema: str, migrations: list[Migration]) -> list[str]:
    """Bring `schema` up to date and return the names of what was applied now.

    Raises:
        MigrationFault: a migration failed (nothing of it stays), or an applied one is not what it was.
    """
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_LEDGER)
        known = {row["name"]: row["sha256"] for row in await connection.fetch("select * from schema_migrations")}
        applied: list[str] = []
        for migration in migrations:
            if migration.name in known:
                if known[migration.name] != migration.sha256:
                    raise MigrationFault(f"{schema}: {migration.name} was changed after it was applied; add a new one")
                continue
            try:
                async with connection.transaction():
                    await connection.execute(migration.sql)
                    await connection.execute(
                        "insert into schema_migrations (name, sha256) values ($1, $2)",
                        migration.name,
                        migration.sha256,
                    )
            except asyncpg.PostgresError as error:
                raise MigrationFault(f"{schema}: {migration.name} failed: {error}") from error
            applied.append(migration.name)
        return applied
    finally:
        await connection.close()


async def provision(admin_dsn: str, *, schema: str, role: str, password: str | None) -> None:
    """Make the service's role and the schema that it owns, if they are not there.

    Raises:
        MigrationFault: the database refused.
    """
    connection = await asyncpg.connect(admin_dsn)
    try:
        if not await connection.fetchval("select 1 from pg_roles where rolname = $1", role):
            await connection.execute(f'create role "{role}" login')
        if password is not None:
            literal = await connection.fetchval("select quote_literal($1::text)", password)
            await connection.execute(f'alter role "{role}" password {literal}')
        await connection.execute(f'create schema if not exists "{schema}" authorization "{role}"')
    except asyncpg.PostgresError as error:
        raise MigrationFault(f"{schema}: could not be provisioned: {error}") from error
    finally:
        await connection.close()
