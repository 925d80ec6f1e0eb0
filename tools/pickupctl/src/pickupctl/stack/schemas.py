"""The services' schemas and roles, and bringing them up to date."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from pydantic import SecretStr

from pickup_runtime.migrations import load, migrate, provision
from pickup_runtime.settings import dsn_with_password


class Schema(Struct, frozen=True):
    """One service's corner of the database: its schema, the role that owns it, and where its migrations are."""

    name: str
    role: str
    package: str


SCHEMAS = (
    Schema("ingest", "pickup_ingest", "booking_ingest"),
    Schema("scorer", "pickup_scorer", "risk_scorer"),
    Schema("notifier", "pickup_notifier", "notifier"),
)


async def bring_up_to_date(
    admin_dsn: str, role_dsn: dict[str, str], passwords: Mapping[str, str | None]
) -> dict[str, list[str]]:
    """Make roles and schemas that are not there, apply what is new, and return its names by schema.

    `role_dsn` and `passwords` are by schema; a role migrates its own schema, so that it owns what is in it.

    Raises:
        MigrationFault: naming the migration; nothing of it stays.
    """
    applied: dict[str, list[str]] = {}
    for schema in SCHEMAS:
        password = passwords.get(schema.name)
        await provision(admin_dsn, schema=schema.name, role=schema.role, password=password)
        dsn = dsn_with_password(role_dsn[schema.name], SecretStr(password) if password else None)
        applied[schema.name] = await migrate(dsn, schema=schema.name, migrations=load(schema.package))
    return applied
