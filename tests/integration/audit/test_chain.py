"""The audit's chain: written with what it tells of, never changed, and whatever is done to it is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from notifier import messages
from notifier.alerts.alert import Step
from notifier.audit import ledger
from notifier.audit.checkpoints import sign_due
from notifier.store import Store
from pickup_runtime.postgres import Pool
from tests.integration.alerts import alert
from tests.integration.audit.record import NOW, SIGNER, append, check, some, tamper


async def test_what_happens_to_an_alert_is_written_with_it_and_once(pool: Pool) -> None:
    store, made = Store(pool), alert("op-a", "b")
    for _ in range(2):
        async with store.batch() as batch:
            await batch.write_alerts([made])
            await batch.add_feed(messages.feed(made, (Step("raised", "warn"), Step("acknowledged", actor="Ines")), NOW))
    async with pool.acquire() as connection:
        entries = await ledger.of_booking(connection, "op-a", "b")
    assert [(one.number, one.kind, one.actor) for one in entries] == [
        (1, "alert.decided", None),
        (2, "alert.raised", None),
        (3, "alert.acknowledged", "Ines"),
    ]
    decided = json.loads(entries[0].body)
    assert (decided["score"], decided["booking_version"], decided["reasons"][0]["rule_id"]) == (70, 1, "one")
    assert (await check(pool)).breaks == []


async def test_what_did_not_happen_is_not_written(pool: Pool) -> None:
    store = Store(pool)

    async def crash() -> None:
        async with store.batch() as batch:
            await batch.write_alerts([alert("op-a", "b")])
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    assert await pool.fetchval("select count(*) from audit") == 0
    await append(pool, some(1))
    assert (await check(pool)).entries == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set body = '{}'",
        "update audit set body = body where false",
        "delete from audit",
        "delete from audit where number = 2",
        "truncate audit",
        "update checkpoints set number = 1",
        "delete from checkpoints",
        "truncate checkpoints",
    ],
)
async def test_nothing_is_changed_or_taken_out(pool: Pool, statement: str) -> None:
    await append(pool, some(3))
    await sign_due(pool, SIGNER, NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)
    report = await check(pool)
    assert (report.entries, report.checkpoints, report.breaks) == (3, 1, [])


async def test_many_writers_make_one_chain_without_gap_or_deadlock(pool: Pool) -> None:
    async def write(writer: int) -> None:
        for turn in range(24):
            # New operators all the time, each begun by several writers at once.
            operators = [f"op-{turn // 4}-{(writer + turn + step) % 4}" for step in range(3)]
            await append(pool, [one for name in operators for one in some(2, name)])

    await asyncio.gather(*(write(writer) for writer in range(8)))
    reports = [await check(pool, f"op-{turn}-{index}") for turn in range(6) for index in range(4)]
    assert sum(one.entries for one in reports) == 8 * 24 * 3 * 2
    assert [one for one in reports if one.breaks] == []


@pytest.mark.parametrize(
    ("statement", "number", "why"),
    [
        ("update audit set actor = 'Max' where number = 4", 4, "altered"),
        ("update audit set at = at + interval '1 second' where number = 4", 4, "altered"),
        ("delete from audit where number = 4", 4, "missing: 4"),
        ("delete from audit where number between 4 and 6", 4, "missing: 4 to 6"),
        ("delete from audit where number <= 2", 1, "missing: 1 to 2"),
        ("delete from audit where number >= 9", 9, "missing: 9 to 10"),
        ("delete from audit", 1, "missing: 1 to 10"),
        ("update audit set number = case number when 4 then 5 else 4 end where number in (4, 5)", 4, "does not follow"),
        ("update audit set hash = sha256('x') where number = 10", 10, "altered"),
        ("update audit_heads set number = 9", 10, "not the end"),
        ("update audit_heads set hash = sha256('x')", 10, "not the end"),
    ],
)
async def test_what_was_done_to_it_is_found_and_where(
    pool: Pool, run: Callable[..., Any], statement: str, number: int, why: str
) -> None:
    await append(pool, some(10))
    # Two rows swap their places only when the key may wait for the end of the statement.
    await tamper(pool, "alter table audit drop constraint audit_pkey", statement)
    found = (await check(pool)).breaks
    assert found[0].number == number
    assert why in found[0].why
    answer = await run("audit", "verify", "op-a")
    assert answer.exit_code == 1
    assert f"op-a {number}: " in answer.output
    document = json.loads((await run("audit", "verify", "--json")).output)
    assert document[0]["breaks"][0]["number"] == number
