"""`pickupctl explain` on a real database: the same answer comes out again, and where it does not, that is said."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pickup_contracts.assessment import Assessment
from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from pickup_contracts.policy import BandOverride, ListEntry, OperatorOverrides, RulesetDocument
from pickup_runtime.clock import ManualClock
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.errors import CommandFault
from pickupctl.main import app
from risk_scorer.assess import Assessor
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys
from risk_scorer.forgetting import CONTENT_KEPT_FOR, Forgetting
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.listing import hashes_of
from risk_scorer.outcomes.reported import reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program
from risk_scorer.policy.lists import Lists
from risk_scorer.policy.standing import Policy
from risk_scorer.policy_store import PolicyStore
from risk_scorer.premises_knowledge import PremisesKnowledge
from risk_scorer.premises_store import PremisesStore
from risk_scorer.reassess import Reassessor
from risk_scorer.store import Store
from tests.shipped import PROGRAM

from .events import Json, now, raw, ride, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
#: What stands in the scam of `events.py` and may be seen nowhere.
PERSONAL = (
    "Meadow",
    "14 M",
    "5AA",
    "1AA",
    "Example",
    "J Stranger",
    "7700",
    "900101",
    "her bank card",
    "Station Approach",
)


class Bench:
    """A scorer whose policy may be replaced, over one database, and the command line beside it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.policy = Policy(PROGRAM)
        outcomes = OutcomeStore(pool, KEYS)
        self.outcomes = outcomes
        judging = Judging(
            Store(pool),
            PROGRAM,
            KEYS,
            opted_in=lambda _: False,
            premises=PremisesKnowledge(PremisesStore(pool), KEYS),
            outcomes=outcomes,
            policy=lambda: self.policy,
        )
        self.judging = judging
        self.due = DueStore(pool)
        self.assessor = Assessor(judging)
        self.reassessor = Reassessor(judging, self.due)
        self._seq = 0

    async def assess(self, *events: Json) -> list[Assessment]:
        made = []
        for event in events:
            body = raw({**event, "operator_id": "op-1"})
            self._seq += 1
            read = decode_booking(body)
            (answer,) = await self.assessor.assess(
                [Incoming("op-1", read.booking_id, read, body, self._seq, datetime.now(UTC))]
            )
            if answer.result is not None:
                made.append(answer.result)
        return made

    async def publish(self, text: str) -> Program:
        """Live by another ruleset, which is in the history."""
        program = checked(text)
        ruleset = program.ruleset
        document = RulesetDocument(
            name=ruleset.name,
            version=ruleset.version,
            text=text,
            fingerprint=ruleset.fingerprint,
            published_at=datetime.now(UTC),
            published_by="test",
        )
        async with self.pool.acquire() as connection:
            await PolicyStore(self.pool).add(document, over=connection)
        self.policy = Policy(program)
        return program

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["explain", *arguments])

    async def told(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        result = await self.run(*arguments, "--json")
        assert result.stdout, result.exception
        told: dict[str, Any] = json.loads(result.stdout)
        return result.exit_code, told


@pytest.fixture
async def bench(database: MakePool, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> Bench:
    pool = await database("risk_scorer", "scorer")
    name = await pool.fetchval("select current_database()")
    monkeypatch.setenv("PICKUP_SCORER_DSN", postgres.dsn(name, "pickup_scorer"))
    monkeypatch.delenv("PICKUP_SCORER_PASSWORD", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return Bench(pool)


async def tamper(bench: Bench, booking_id: str, column: str, before: str, after: str) -> None:
    """Change what is stored of a booking's steps."""
    stored = await bench.pool.fetchval(f"select {column} from steps where booking_id = $1", booking_id)
    assert before.encode() in stored
    changed = stored.replace(before.encode(), after.encode())
    await bench.pool.execute(f"update steps set {column} = $2 where booking_id = $1", booking_id, changed)


async def test_a_scam_is_explained_and_the_same_answer_comes_out_again(bench: Bench) -> None:
    await bench.assess(scam("B-0"))
    (given,) = await bench.assess(scam("B-1", distance_m=61_000))
    status, told = await bench.told("op-1/B-1")
    assert status == 0
    assert told["again"] == {"same": True, "differences": [], "why": ""}
    assert told["assessment"]["assessment_id"] == str(given.assessment_id)
    fired = [rule for rule in told["rules"] if rule["outcome"] == "fired"]
    assert [rule["rule_id"] for rule in fired][:1] == ["bank-card-from-home"]
    assert {rule["rule_id"]: rule["evidence"] for rule in fired} == {
        reason.rule_id: reason.evidence for reason in given.reasons
    }
    signals = {one["name"]: one for one in told["signals"]}
    assert signals["itm1_bank_card"]["source"] == "items[0].description"
    assert signals["tim4_home_parcels_24h"]["value"] == 1
    assert signals["tim4_home_parcels_24h"]["origin"] == "history"
    assert told["ruleset"]["fingerprint"] == PROGRAM.ruleset.fingerprint

    shown = await bench.run("op-1/B-1", "--rules", "--unknown")
    assert shown.exit_code == 0
    assert "hold recommended, score 100 of 100" in shown.output
    assert "The same answer" in shown.output
    assert max(len(line) for line in shown.output.splitlines()) <= 80
    for text in (shown.output, json.dumps(told)):
        assert [word for word in PERSONAL if word in text] == []


async def test_an_ordinary_ride_is_explained_too(bench: Bench) -> None:
    await bench.assess(ride("R-1"))
    result = await bench.run("op-1/R-1")
    assert result.exit_code == 0
    assert "no rule fired" in result.output


async def test_changed_signals_are_said_to_be_so(bench: Bench) -> None:
    await bench.assess(scam("B-1"))
    await tamper(bench, "B-1", "signals", '"itm1_bank_card":true', '"itm2_cash":true')
    result = await bench.run("op-1/B-1")
    assert result.exit_code == 1
    assert "NOT the same answer" in result.output
    _, told = await bench.told("op-1/B-1")
    assert any("bank-card-from-home" in line for line in told["again"]["differences"])


async def test_a_changed_assessment_is_said_to_be_so(bench: Bench) -> None:
    await bench.assess(scam("B-1"))
    await tamper(bench, "B-1", "assessment", '"decision":"hold_recommended"', '"decision":"review"')
    status, told = await bench.told("op-1/B-1")
    assert status == 1
    assert told["again"]["differences"] == ["decision: review then, hold recommended now"]


async def test_what_can_not_be_read_any_more_is_said(bench: Bench) -> None:
    await bench.assess(scam("B-1"), scam("B-2"))
    await bench.pool.execute("update steps set signals = '{' where booking_id = 'B-1'")
    result = await bench.run("op-1/B-1")
    assert result.exit_code == 1
    assert "Not judged again" in result.output
    await bench.pool.execute("update steps set assessment = '{' where booking_id = 'B-2'")
    refused = (await bench.run("op-1/B-2")).exception
    assert isinstance(refused, CommandFault)
    assert "can't be read" in str(refused)


async def test_an_assessment_is_explained_by_the_ruleset_of_its_time(bench: Bench, tmp_path: Path) -> None:
    text = shipped.text().partition("\nexamples:")[0]
    old = text.replace(f'version: "{PROGRAM.ruleset.version}"', 'version: "old"')
    points = next(one.rule.points for one in PROGRAM.rules if one.rule.id == "guest-booker")
    new = old.replace('version: "old"', 'version: "new"').replace(f"points: {points}\n", f"points: {points + 20}\n")
    await bench.publish(old)
    await bench.assess(scam("B-1", items=[{"description": "documents"}]))
    await bench.publish(new)
    await bench.assess(scam("B-2", items=[{"description": "documents"}], pickup=ride("x")["pickup"]))
    for booking, version in (("B-1", "old"), ("B-2", "new")):
        status, told = await bench.told(f"op-1/{booking}")
        assert (status, told["ruleset"]["version"]) == (0, version), told["again"]
        assert told["ruleset"]["origin"].startswith("published ")

    await bench.pool.execute("delete from rulesets where version = 'old'")
    result = await bench.run("op-1/B-1")
    assert result.exit_code == 1
    assert "neither among the published ones nor shipped" in " ".join(result.output.split())
    file = tmp_path / "old.yaml"
    file.write_text(old)
    assert (await bench.run("op-1/B-1", "--ruleset", str(file))).exit_code == 0
    file.write_text(new)
    assert "another ruleset than" in str((await bench.run("op-1/B-1", "--ruleset", str(file))).exception)


async def test_a_ruleset_that_this_version_can_not_use_is_said_to_be_so(bench: Bench) -> None:
    await bench.publish(shipped.text().partition("\nexamples:")[0])
    await bench.assess(scam("B-1"))
    await bench.pool.execute("update rulesets set text = replace(text, 'itm1_bank_card', 'itm0_gone')")
    result = await bench.run("op-1/B-1")
    assert result.exit_code == 1
    assert "can't use" in result.output
    assert "itm1_bank_card" in result.output


async def test_lists_and_an_operators_settings_of_the_time_are_part_of_it(bench: Bench) -> None:
    now = datetime.now(UTC)
    own = OperatorOverrides(
        operator_id="op-1",
        bands=BandOverride(warn=60),
        rules_off=["guest-booker"],
        published_at=now,
        published_by="test",
    )
    entry = ListEntry(
        entry_id="w-1",
        list_name="watch",
        kind="phone",
        entities=hashes_of(KEYS, "phone", "07700 900102", "op-1"),
        band="warn",
        reason="named by two victims",
        source="police liaison",
        added_at=now - timedelta(days=1),
        added_by="test",
        expires_at=now + timedelta(days=1),
        operator_id="op-1",
    )
    bench.policy = Policy(PROGRAM, overrides={"op-1": own}, lists=Lists([entry]))
    (given,) = await bench.assess(ride("R-1"))
    assert given.decision == "warn"
    bench.policy = Policy(PROGRAM)
    status, told = await bench.told("op-1/R-1")
    assert status == 0, told["again"]
    assert told["lists"][0]["entry_id"] == "w-1"
    assert told["overrides"]["bands"]["warn"] == 60
    shown = (await bench.run("op-1/R-1")).output
    assert "lifted by the watch list" in shown
    assert "named by two victims" in shown


async def test_a_booking_judged_again_is_explained_as_of_each_time(bench: Bench) -> None:
    await bench.assess(scam("B-1", items=[{"description": "documents"}]))
    now = datetime.now(UTC)
    outcome = Outcome(operator_id="op-1", booking_id="B-1", at=now, reported_by="dispatcher", finding="confirmed_scam")
    await bench.outcomes.add([reported(outcome, now)])
    key = ("op-1", "B-1")
    await bench.due.ask(key, bench.judging.booking(key), "outcome_reported", datetime.now(UTC))
    (changed,) = (await bench.reassessor.run()).changed
    status, told = await bench.told("op-1/B-1")
    assert status == 0, told["again"]
    assert told["assessment"]["assessment_id"] == str(changed.result.assessment_id)
    assert told["assessment"]["cause"] == "outcome_reported"
    assert "found_scam" in {one["name"] for one in told["signals"] if one["origin"] == "outcome"}
    assert told["booking"][0]["coded"]["service"] == "taxi"

    status, before = await bench.told("op-1/B-1", "--version", "1")
    assert status == 0
    assert "found_scam" not in {one["name"] for one in before["signals"]}
    await bench.assess(scam("B-1", "B-1-2", status="accepted", items=[{"description": "documents"}]))
    listed = (await bench.run("op-1/B-1", "--all")).output
    assert [line.split("│")[1].strip() for line in listed.splitlines() if "│" in line] == ["1", "2", "3"]
    assert "outcome reported" in listed
    by_id = await bench.told("op-1/B-1", "--assessment", str(changed.result.assessment_id))
    assert by_id == (0, told)


async def test_each_version_shows_the_booking_as_it_was(bench: Bench) -> None:
    await bench.assess(
        scam("B-1"),
        {**scam("B-1", "B-1-2", status="accepted"), "dropoff": None},
        scam("B-1", "B-1-3", status="cancelled"),
    )
    shown = []
    for version in ("1", "2", "3"):
        status, told = await bench.told("op-1/B-1", "--version", version)
        assert status == 0
        parts = {part["name"]: part["coded"] for part in told["booking"]}
        shown.append((parts["booking"]["status"], "dropoff" in parts))
    assert shown == [("requested", True), ("accepted", False), ("cancelled", True)]


async def test_what_is_not_there_is_said_with_what_to_do(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.assess(scam("B-1"))
    for arguments, said in (
        (["op-1/B-9"], "op-1/B-9: no assessment is stored"),
        (["op-1/B-1", "--version", "7"], "no assessment with version 7; there are those of version 1 (--all"),
        (["op-1/B-1", "--assessment", "00000000-0000-0000-0000-000000000000"], "--all lists them"),
        (["op-1"], "name the booking as OPERATOR/BOOKING"),
        (["op-1/B-9", "--all"], "no assessment is stored"),
    ):
        refused = (await bench.run(*arguments)).exception
        assert isinstance(refused, CommandFault), arguments
        assert said in str(refused)
    monkeypatch.delenv("PICKUP_SCORER_DSN")
    monkeypatch.delenv("PICKUP_SECRETS_DIR", raising=False)
    assert "PICKUP_SCORER_DSN is not set" in str((await bench.run("op-1/B-1")).exception)


async def test_what_is_left_of_a_forgotten_booking_is_explained(bench: Bench) -> None:
    """What a booking said goes 48 hours after its end, its assessments stay."""
    ended = {"booking_id": "B-1", "event_id": "B-1-2", "status": "delivered", "occurred_at": now()}
    await bench.assess(scam("B-0"), scam("B-1"), ended)
    before = [await bench.told("op-1/B-1", "--version", version) for version in ("1", "2")]
    clock = ManualClock(datetime.now(UTC) + CONTENT_KEPT_FOR)
    await Forgetting(bench.pool, bench.outcomes, clock).sweep()
    after = [await bench.told("op-1/B-1", "--version", version) for version in ("1", "2")]
    for (_, then), (status, told) in zip(before, after, strict=True):
        assert status == 0
        assert told["again"] == {"same": True, "differences": [], "why": ""}
        assert (told["booking"], told["forgotten"], told["otherwise"]) == (None, True, None)
        for part in ("assessment", "ruleset", "rules", "steps", "unknown"):
            assert told[part] == then[part]
        known = [{(one["name"], one["value"]) for one in each["signals"]} for each in (then, told)]
        assert known[0] == known[1]
    shown = " ".join((await bench.run("op-1/B-1")).output.split())
    assert "What was booked was deleted 48 hours after the booking had ended or was last heard of." in shown

    await bench.assess({**ended, "event_id": "B-1-3", "status": "returned", "occurred_at": now()})
    status, told = await bench.told("op-1/B-1")
    assert (status, told["forgotten"], told["otherwise"]) == (0, True, [])
    assert told["booking"][0]["coded"] == {"status": "returned"}
    shown = " ".join((await bench.run("op-1/B-1")).output.split())
    assert "What was heard of it at first was deleted" in shown
    assert "history (could not be had then)" in shown
