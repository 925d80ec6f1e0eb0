"""Drills on real processes: one that passes, hourly ones, and one that is missed and told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from pickup_contracts.drills import OPERATOR as DRILLS
from pickupctl.commands import drill, secret
from pickupctl.demo.office import Office
from pickupctl.main import app
from pickupctl.stack.local import LocalStack
from tests.stack import OPERATOR, fetch, firm, running, until

pytestmark = pytest.mark.e2e


@asynccontextmanager
async def recipient() -> AsyncIterator[list[dict[str, Any]]]:
    """The drills' operator, and what its test recipient is told."""
    told: list[dict[str, Any]] = []
    signing = secret.new_secret()
    office = Office({DRILLS: signing}, told.append)
    await office.start()
    os.environ["PICKUP_DRILL_KEY"] = await drill.make(f"http://127.0.0.1:{office.port}/{DRILLS}", signing)
    await asyncio.sleep(1.0)
    try:
        yield told
    finally:
        await office.stop()


async def pickupctl(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    with running(tmp_path) as made:
        yield made


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[LocalStack]:
    """Broker and database, with no service yet."""
    with running(tmp_path, services=()) as made:
        yield made


async def test_a_drill_goes_the_whole_way_and_reaches_nobody_else(stack: LocalStack) -> None:
    async with firm(stack) as office, recipient() as told:
        answer = await pickupctl("drill")
        assert answer.exit_code == 0, answer.output
        assert "not reached" not in answer.output
        assert told[0]["data"]["operator_id"] == DRILLS
        assert office.told == []
        assert await office.alerts() == []
    (row,) = await fetch(stack, "select * from notifier.drills")
    assert row["sent_at"] <= row["accepted"] <= row["delivered"] <= row["ended_at"]
    operators = await fetch(stack, "select distinct operator_id from scorer.bookings")
    assert [one[0] for one in operators] == [DRILLS]
    assert await until(lambda: _closed(stack, row["drill_id"]), "its alert is closed with its booking")
    assert "passed" in (await pickupctl("drill", "list")).output


async def test_a_missed_drill_is_told_to_the_duty_manager_and_counted(servers: LocalStack) -> None:
    async with firm(servers) as office, recipient():
        # Nobody scores: what is accepted leads to nothing.
        servers.env |= {
            "PICKUP_DRILL_KEY": os.environ["PICKUP_DRILL_KEY"],
            "PICKUP_DRILL_INGEST_URL": servers.url("booking-ingest"),
            "PICKUP_DRILL_ALLOWED_S": "3",
            "PICKUP_DRILL_SETTLE_S": "0.5",
        }
        await asyncio.to_thread(servers.start_services, ["booking-ingest", "notifier"])
        (told,) = await until(lambda: _missed(office.told), "the duty manager is told")
        assert (told["data"]["broken_leg"], told["data"]["audience"]) == ("raised", "duty_manager")
        async with httpx.AsyncClient(trust_env=False) as client:
            counted = (await client.get(servers.metrics_url("notifier"))).text
            assert 'pickup_drills_total{result="missed"} 1.0' in counted
            outside = servers.url("notifier")
            assert (await client.get(f"{outside}/metrics")).status_code == 404
            assert (await client.get(f"{outside}/health/ready")).status_code == 200
    rows = await fetch(servers, "select operator_id from notifier.audit where kind = 'drill.missed'")
    assert [row[0] for row in rows] == [OPERATOR]
    assert "missed" in (await pickupctl("drill", "list")).output


async def _closed(stack: LocalStack, booking_id: str) -> list[object]:
    return await fetch(stack, "select 1 from notifier.alerts where booking_id = $1 and state = 'closed'", booking_id)


async def _missed(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in told if one["type"] == "pickup.drill.missed"]
