"""`pickupctl policy` from a terminal: publishing and taking back, lists, overrides, and how workers stand."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickupctl.errors import CommandFault
from pickupctl.main import app
from pickupctl.policy import live
from risk_scorer.policy_store import PolicyStore
from tests.integration.events import ride, scam
from tests.integration.policies.worker import KEYS, Worker, document, ruleset


class Terminal:
    """The command line, with the settings of this test's broker and database."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    async def __call__(self, *arguments: str, given: str = "") -> tuple[int, str]:
        """Exit status and everything that was said."""
        result = await asyncio.to_thread(
            CliRunner().invoke, app, ["policy", *arguments], input=given, env={**self._env, "COLUMNS": "200"}
        )
        if isinstance(result.exception, CommandFault):
            return 2, f"{result.output}{result.exception}"
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output


@pytest.fixture
async def terminal(worker: Worker, postgres: EmbeddedPostgres) -> Terminal:
    database = await worker.pool.fetchval("select current_database()")
    return Terminal(
        {
            "PICKUP_KAFKA_BOOTSTRAP": worker.kafka.bootstrap,
            "PICKUP_SCORER_DSN": postgres.dsn(database, "pickup_scorer"),
            "PICKUP_ENTITY_KEY": KEYS.entity.hex(),
            "PICKUP_SHARED_KEY": KEYS.shared.hex(),
        }
    )


async def test_publishing_from_a_terminal_and_taking_it_back(
    worker: Worker, terminal: Terminal, operator_id: str, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "ruleset.yaml"
    await worker.assess(operator_id, scam("s"), *(ride(f"r-{number}") for number in range(9)))

    file.write_text(ruleset(name, "1"))
    status, said = await terminal("publish", str(file), given="n\n")
    assert (status, worker.version) == (1, "0")
    assert "nothing was published" in said

    status, said = await terminal("publish", str(file), "--yes", "--note", "the first")
    assert status == 0, said
    assert "10 bookings" in said
    assert "1 of 1 workers judge by it" in said
    assert worker.version == "1"

    file.write_text(ruleset(name, "1", change=[("points: 60", "points: 61")]))
    status, said = await terminal("publish", str(file), "--yes")
    assert status == 2
    assert "with other content" in said

    wild = [("when: bkr11_known_personal", "when: passenger_job"), ("    points: -15", "    points: 90")]
    file.write_text(
        ruleset(name, "2", change=[wild[0], (wild[0][1] + "\n" + wild[1][0], wild[0][1] + "\n" + wild[1][1])])
    )
    status, said = await terminal("publish", str(file), "--yes")
    assert (status, worker.version) == (2, "1")
    assert "more than twice the alerts" in said
    assert f"{operator_id}/r-3" in said
    status, said = await terminal("publish", str(file), "--yes", "--force")
    assert (status, worker.version) == (0, "2")

    status, said = await terminal("rollback", "0.9", "--name", name)
    assert status == 2
    assert "Published were: 2, 1" in said
    status, said = await terminal("rollback", "1", "--name", name, "--yes")
    assert (status, worker.version) == (0, "1")
    status, said = await terminal("history", "--name", name)
    lines = [line for line in said.splitlines() if "│" in line]
    assert len(lines) == 3
    assert "rollback from 2" in lines[0]
    assert "live" in lines[0]
    assert "the first" in lines[2]
    status, said = await terminal("status", "--name", name)
    assert status == 0
    assert "as published" in said
    status, said = await terminal("status", "--name", name, "--json")
    document = json.loads(said)
    assert document["published"]["version"] == "1"
    assert [one["version"] for one in document["workers"]] == ["1"]


async def test_a_ruleset_that_nobody_follows_or_that_fails_its_check_is_not_published(
    worker: Worker, terminal: Terminal, name: str, tmp_path: Path
) -> None:
    for _ in range(50):
        if await PolicyStore(worker.pool).workers():
            break
        await asyncio.sleep(0.1)
    file = tmp_path / "ruleset.yaml"
    file.write_text(ruleset("another-name", "1"))
    status, said = await terminal("publish", str(file), "--yes")
    assert status == 2
    assert f"the workers follow {name}" in said
    file.write_text(ruleset(name, "1") + "\ncolour: red\n")
    status, said = await terminal("publish", str(file), "--yes")
    assert status == 2
    assert "colour" in said
    assert await PolicyStore(worker.pool).history(name) == []


async def test_lists_and_overrides_from_a_terminal(worker: Worker, terminal: Terminal, operator_id: str) -> None:
    words = ("--reason", "named by two victims", "--source", "police liaison", "--days", "2")
    status, said = await terminal(
        "list", "add", "watch", "--kind", "phone", "--operator", operator_id, *words, given="07700 900102\n"
    )
    assert status == 0, said
    assert "900102" not in said
    entry_id = said.partition(":")[0]
    await worker.until(lambda: worker.entries(operator_id) == [entry_id], "the entry")
    assert await worker.decisions(operator_id, ride("r")) == ["warn"]
    status, said = await terminal(
        "list", "add", "trust", "--kind", "address", "--operator", operator_id, *words,
        given="Tesco Superstore, Royston, SG8 5AC\n",
    )  # fmt: skip
    assert status == 0, said
    await worker.until(lambda: len(worker.entries(operator_id)) == 2, "the trust entry")
    (answer,) = await worker.assess(operator_id, ride("t", booker={"phone": "+447700900177"}))
    assert answer.result is not None
    assert answer.result.reasons[-1].title.startswith("On the trust list")
    status, said = await terminal("list", "show")
    assert entry_id in said
    assert "police liaison" in said
    status, said = await terminal("list", "remove", entry_id)
    assert status == 0
    await worker.until(lambda: entry_id not in worker.entries(operator_id), "its end")
    assert (await terminal("list", "remove", entry_id))[0] == 2

    status, said = await terminal("override", "set", operator_id, "--review", "1", "--budget", "2.5")
    assert status == 0, said
    await worker.until(lambda: operator_id in worker.feed.current().overrides, "the overrides")
    status, said = await terminal("override", "show")
    assert "review from 1; at most 2.5 alerts" in said
    assert (await terminal("override", "set", operator_id, "--review", "99"))[0] == 2
    assert (await terminal("override", "remove", operator_id))[0] == 0
    await worker.until(lambda: operator_id not in worker.feed.current().overrides, "their end")


async def test_status_says_when_a_worker_can_not_use_what_is_published(
    worker: Worker, terminal: Terminal, name: str
) -> None:
    await live.send(worker.kafka.bootstrap, document(name, "rules: nothing", "6"), datetime.now(UTC))
    await worker.until(lambda: worker.feed.fault(), "the fault")
    for _ in range(50):
        if any(one.fault for one in await PolicyStore(worker.pool).workers()):
            break
        await asyncio.sleep(0.1)
    status, said = await terminal("status", "--name", name)
    assert status == 1
    assert "not what is published" in said
    assert "can't use" in said
