"""Signed checkpoints: a chain computed anew does not get past them, nor is a broken one signed; what is old goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from notifier.audit import ledger
from notifier.audit.chain import Place, sealed
from notifier.audit.checkpoints import drop_old, sign_due
from notifier.audit.signing import Signer
from pickup_runtime.postgres import Pool
from tests.integration.audit.record import DAY, NOW, SIGNER, append, check, some, tamper


async def test_a_chain_computed_anew_does_not_get_past_its_checkpoint(pool: Pool, run: Callable[..., Any]) -> None:
    await append(pool, some(10))
    assert await sign_due(pool, SIGNER, NOW) == []
    await append(pool, some(3))
    async with pool.acquire() as connection:
        chain = [entry async for page in ledger.read(connection, "op-a") for entry in page]
    chain[3] = msgspec.structs.replace(chain[3], actor="Max")
    place, statements = Place(3, chain[2].hash), []
    for entry in chain[3:]:
        fresh = sealed(entry, place)
        place = Place(fresh.number, fresh.hash)
        statements.append(
            f"update audit set actor = '{fresh.actor}', previous = '\\x{fresh.previous.hex()}', "
            f"hash = '\\x{fresh.hash.hex()}' where number = {fresh.number}"
        )
    await tamper(pool, *statements, f"update audit_heads set hash = '\\x{place.hash.hex()}'")
    (found,) = (await check(pool)).breaks
    assert (found.number, "checkpoint" in found.why) == (10, True)
    assert (await run("audit", "verify")).exit_code == 1
    # The one who can do that may take the checkpoint out as well; then it is missed.
    await tamper(pool, "delete from checkpoints")
    assert (await check(pool)).breaks == []
    (found,) = (await check(pool, now=NOW + 3 * DAY)).breaks
    assert "no checkpoint" in found.why


async def test_each_day_signs_what_grew_and_a_broken_chain_is_never_signed(pool: Pool) -> None:
    await append(pool, some(2))
    for hour in (0, 1):
        together = [sign_due(pool, SIGNER, NOW + timedelta(hours=hour)) for _ in range(4)]
        assert await asyncio.gather(*together) == [[], [], [], []]
    assert await sign_due(pool, SIGNER, NOW + DAY) == [], "nothing grew"
    await append(pool, some(2))
    await sign_due(pool, SIGNER, NOW + DAY)
    assert [row[0] for row in await pool.fetch("select number from checkpoints order by number")] == [2, 4]
    await append(pool, some(2))
    await tamper(pool, "update audit set kind = 'x' where number = 5")
    (found,) = await sign_due(pool, SIGNER, NOW + 2 * DAY)
    assert found.number == 5
    assert await pool.fetchval("select max(number) from checkpoints") == 4


async def test_a_chain_without_its_beginning_is_not_signed(pool: Pool) -> None:
    await append(pool, some(5))
    await tamper(pool, "delete from audit where number <= 2")
    (found,) = await sign_due(pool, SIGNER, NOW)
    assert found.why == "missing: 1 to 2"
    assert await pool.fetchval("select count(*) from checkpoints") == 0


async def test_a_checkpoint_by_another_key_is_not_believed(pool: Pool) -> None:
    await append(pool, some(2))
    await sign_due(pool, Signer.from_hex("77" * 32), NOW)
    (found,) = (await check(pool)).breaks
    assert "not signed by a trusted key" in found.why


async def test_what_is_older_than_twelve_months_goes_and_the_rest_still_holds(pool: Pool) -> None:
    await append(pool, some(5, at=NOW - 400 * DAY))
    await sign_due(pool, SIGNER, NOW - 399 * DAY)
    await append(pool, some(5, at=NOW - 398 * DAY))
    await append(pool, some(5))
    await sign_due(pool, SIGNER, NOW)
    await drop_old(pool, NOW)
    report = await check(pool)
    assert (report.entries, report.breaks) == (10, []), "from the checkpoint on"
    await tamper(pool, "delete from audit where number <= 7")
    (found,) = (await check(pool)).breaks
    assert (found.number, found.why) == (1, "missing: 1 to 7")
