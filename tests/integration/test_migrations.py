"""A database that an earlier release made, in use, becomes what a new one would be."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from notifier.channels import message
from notifier.channels.message import Message
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.migrations import Migration, load, migrate, provision

#: What was released before there were ladders and commands, whose migrations have lower numbers.
_BEFORE = ("0001_notifier.sql", "0040_accounts.sql", "0041_audit.sql")
_COLUMNS = """
    select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema = $1 order by 1, 2
"""
_INDEXES = "select indexname, indexdef from pg_indexes where schemaname = $1 order by 1"
_CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = $1::text::regnamespace order by 1, 2
"""


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[tuple[str, str]]:
    """Two databases with nothing in them."""
    names = [f"t{uuid.uuid4().hex[:12]}" for _ in range(2)]
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    for name in names:
        await admin.execute(f'create database "{name}"')
        for schema in ("notifier", "scorer"):
            await provision(postgres.dsn(name), schema=schema, role=f"pickup_{schema}", password=None)
    yield names[0], names[1]
    for name in names:
        await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


async def shape(dsn: str, schema: str) -> list[list[tuple[object, ...]]]:
    connection = await asyncpg.connect(dsn, server_settings={"search_path": schema})
    try:
        return [
            [tuple(row) for row in await connection.fetch(query, schema)]
            for query in (_COLUMNS, _INDEXES, _CONSTRAINTS)
        ]
    finally:
        await connection.close()


async def test_a_database_of_before_there_were_ladders_is_brought_up_to_date_with_what_is_in_it(
    postgres: EmbeddedPostgres, empty: tuple[str, str]
) -> None:
    old, new = (postgres.dsn(name, "pickup_notifier") for name in empty)
    everything = load("notifier")
    first = [one for one in everything if one.name in _BEFORE]
    assert await migrate(old, schema="notifier", migrations=first) == list(_BEFORE)
    deadline = datetime.now(UTC) + timedelta(minutes=9)
    connection = await asyncpg.connect(old, server_settings={"search_path": "notifier"})
    await connection.execute(
        "insert into deliveries (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, due_at, "
        "created_at) values ($1, $1, 'op', 'b', 'webhook', '{}', $2, now(), now())",
        uuid.uuid4(),
        deadline,
    )
    rest = [one.name for one in everything if one.name not in _BEFORE]
    assert await migrate(old, schema="notifier", migrations=everything) == rest
    row = await connection.fetchrow("select give_up_at, claim_by, urgent, closes from deliveries")
    await connection.close()
    assert tuple(row) == (deadline, deadline, False, 1.0), "what was due is still told by its deadline"

    assert await migrate(new, schema="notifier", migrations=everything) == [one.name for one in everything]
    assert await shape(old, "notifier") == await shape(new, "notifier")
    assert await migrate(old, schema="notifier", migrations=everything) == []


def test_no_two_migrations_of_a_service_have_the_same_number() -> None:
    for package in ("booking_ingest", "risk_scorer", "notifier"):
        numbers = [number(one) for one in load(package)]
        assert len(set(numbers)) == len(numbers), package


def number(one: Migration) -> str:
    return one.name.split("_")[0]


_BEFORE_ANSWERS = 72
_PEOPLE = {"old": "driver", "new": "driver", "desk": "dispatcher"}


async def test_what_was_told_before_answers_were_told_apart_is_answered_rightly(
    postgres: EmbeddedPostgres, empty: tuple[str, str]
) -> None:
    """A call that was worded when 1 meant "understood", and a driver who had passed the job on by then."""
    dsn = postgres.dsn(empty[0], "pickup_notifier")
    everything = load("notifier")
    before = [one for one in everything if int(number(one)) < _BEFORE_ANSWERS]
    await migrate(dsn, schema="notifier", migrations=before)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "notifier"})
    alert = uuid.uuid4()
    await connection.execute(
        "insert into alerts (alert_id, operator_id, booking_id, state, kind, decision, score, pattern, reasons, "
        "deadline, booking_version, assessment_id, change, raised_at, updated_at, driver) values ($1, 'op', 'b', "
        "'open', 'warning', 'warn', 70, 'parcel_from_home', '[]', now(), 1, $1, 2, now(), now(), 'd-2')",
        alert,
    )
    text = 'Job 7: "a", \\ ","hint":" b'
    told = Message("+447700900111", text, language="cy", hint='Press 1 to say: "understood" \\ é.')
    ids = {name: uuid.uuid4() for name in ("old", "new", "desk")}
    for change, (name, audience) in enumerate(_PEOPLE.items(), 1):
        await connection.execute(
            "insert into deliveries (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, due_at, "
            "created_at, change, telling, audience) "
            "values ($1, $2, 'op', 'b', 'voice', $3, now(), now(), now(), $4, $5, $6)",
            ids[name],
            alert,
            msgspec.json.encode(told),
            change,
            "driver" if name == "new" else "warning",
            audience,
        )
    await connection.execute(
        "insert into deliveries (delivery_id, alert_id, operator_id, booking_id, channel, body, deadline, due_at, "
        "created_at, state) values ($1, $2, 'op', 'b', 'voice', '', now(), now(), now(), 'delivered')",
        uuid.uuid4(),
        alert,
    )
    await migrate(dsn, schema="notifier", migrations=everything)
    rows = await connection.fetch("select delivery_id, body, driver from deliveries where state = 'due'")
    await connection.close()
    found = {row["delivery_id"]: row for row in rows}
    asked = msgspec.structs.replace(told, hint=None)
    assert [message.read(found[one]["body"]) for one in ids.values()] == [asked] * 3
    assert {name: found[one]["driver"] for name, one in ids.items()} == {"old": "", "new": "d-2", "desk": None}


_BEFORE_FIFTEEN_DAYS = 73
_SIGHT = (
    "insert into sightings (entity, at, booking, operator, role, shape, home, dropoff, booker) "
    "values ($1, $2, $1, 1, 1, 1, 1, 1, 1)"
)


async def test_sightings_of_a_month_move_to_the_new_partitions_and_older_ones_go(
    postgres: EmbeddedPostgres, empty: tuple[str, str]
) -> None:
    old, new = (postgres.dsn(name, "pickup_scorer") for name in empty)
    everything = load("risk_scorer")
    await migrate(
        old, schema="scorer", migrations=[one for one in everything if int(number(one)) < _BEFORE_FIFTEEN_DAYS]
    )
    now = datetime.now(UTC)
    connection = await asyncpg.connect(old, server_settings={"search_path": "scorer"})
    await connection.execute("select ensure_sighting_partitions($1, $2)", now - timedelta(days=40), now)
    days = (0, 1, 14, 15, 29, 30, 60, 5000)
    for ago in days:
        await connection.execute(_SIGHT, ago + 1, now - timedelta(days=ago))
    await migrate(old, schema="scorer", migrations=everything)
    left = await connection.fetch("select entity - 1 as ago, tableoid::regclass::text as stored_in from sightings")
    assert {row["ago"] for row in left} == {ago for ago in days if ago <= 30}
    assert {row["stored_in"].rpartition("_")[0] for row in left} == {"sightings_of"}
    again = await connection.execute(f"{_SIGHT} on conflict do nothing", 1, now)
    assert again == "INSERT 0 0", "a sighting that is written twice is one row"

    await migrate(new, schema="scorer", migrations=everything)
    fresh = await asyncpg.connect(new, server_settings={"search_path": "scorer"})
    midnights = [now - timedelta(days=ago) for ago in range(45)]
    for each in (connection, fresh):
        await each.execute("select ensure_sighting_partitions($1)", midnights)
        await each.close()
    assert await shape(old, "scorer") == await shape(new, "scorer")


_BEFORE_RETENTION = 80


async def test_what_was_kept_for_ever_is_forgotten_from_the_oldest_on(
    postgres: EmbeddedPostgres, empty: tuple[str, str]
) -> None:
    dsn = postgres.dsn(empty[0], "pickup_scorer")
    everything = load("risk_scorer")
    await migrate(dsn, schema="scorer", migrations=[one for one in everything if int(number(one)) < _BEFORE_RETENTION])
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "scorer"})
    now = datetime.now(UTC)
    for days in (-30, 1, 400):
        await connection.execute(
            "insert into bookings values ('op', $1, 1, '{}', false, 0, $2, 1, $2)",
            str(days),
            now - timedelta(days=days),
        )
    await migrate(dsn, schema="scorer", migrations=everything)
    reached = dict(await connection.fetch("select what, reached from forgetting"))
    await connection.close()
    assert reached["content"] == reached["decisions"] == now - timedelta(days=400, seconds=1)
    assert timedelta(0) < datetime.now(UTC) - reached["marks"] < timedelta(minutes=1)
