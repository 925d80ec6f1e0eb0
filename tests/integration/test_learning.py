"""From bookings to what they teach: made-up traffic through the real scorer, outcomes, report, card, card in shadow."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pickup_contracts.codec import decode_booking
from pickup_contracts.drills import OPERATOR as DRILLS
from pickup_contracts.outcome import Outcome
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.learning.stored import gather
from pickupctl.main import app
from pickupctl.traffic.fortnight import ENDS, fortnight
from pickupctl.traffic.scams import scam
from pickupctl.traffic.world import World
from risk_scorer.assess import Assessor
from risk_scorer.entities import Keys
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.outcomes.judged import JudgedStore
from risk_scorer.outcomes.reported import reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.scorecard import Scorecard, read_scorecard
from risk_scorer.store import Store
from tests.shipped import PROGRAM

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
Key = tuple[str, str]


def shifted(node: Any, by: timedelta) -> Any:
    """The same event, so much later."""
    if isinstance(node, dict):
        return {name: shifted(value, by) for name, value in node.items()}
    if isinstance(node, list):
        return [shifted(value, by) for value in node]
    if isinstance(node, str) and len(node) >= 20 and node[4] == "-" and node[10] == "T":
        return (datetime.fromisoformat(node) + by).isoformat()
    return node


def traffic(bookings: int, scams: int) -> tuple[list[dict[str, Any]], set[Key]]:
    """A fortnight of nine firms that ended a week ago or less, and which of its bookings are scam-shaped."""
    weeks = (datetime.now(UTC) - ENDS) // timedelta(weeks=1)
    by = timedelta(weeks=weeks)
    events = [shifted(event, by) for event in fortnight(5, bookings)]
    begins = ENDS + by - timedelta(days=13)
    world = World(11, begins, homes=400, firms=60)
    meant: set[Key] = set()
    for number in range(scams):
        story = scam(world, number)
        for _, event in story.events(begins + timedelta(hours=3 * number)):
            events.append({**event, "booking_id": f"S-{number}", "operator_id": story.operator_id})
    for event in events:
        event["operator_id"] += f"-{sum(event['booking_id'].encode()) % 3}"
        if event["booking_id"].startswith("S-"):
            meant.add((event["operator_id"], event["booking_id"]))
    events.sort(key=lambda event: datetime.fromisoformat(event["occurred_at"]))
    return events, meant


def incoming(events: Sequence[dict[str, Any]]) -> Iterator[Incoming]:
    for number, event in enumerate(events):
        raw = json.dumps(event).encode()
        decoded = decode_booking(raw)
        yield Incoming(event["operator_id"], event["booking_id"], decoded, raw, number, decoded.occurred_at)


async def assess(pool: Pool, events: Sequence[dict[str, Any]], card: Scorecard | None = None) -> dict[Key, str]:
    """Assess all of it; the decisions by booking, the last one each."""
    assessor = Assessor(Judging(Store(pool), PROGRAM, KEYS, opted_in=lambda _: False, scorecard=card))
    taken = list(incoming(events))
    decided: dict[Key, str] = {}
    for first in range(0, len(taken), 500):
        for answer in await assessor.assess(taken[first : first + 500]):
            if answer.result is not None:
                decided[answer.result.operator_id, answer.result.booking_id] = answer.result.decision
    return decided


async def find_out(pool: Pool, events: Sequence[dict[str, Any]], meant: set[Key]) -> dict[str, int]:
    """What offices and drivers would report, after each booking's last event; most bookings nobody asks about."""
    rng = random.Random(4)
    ends = {(event["operator_id"], event["booking_id"]): event["occurred_at"] for event in events}
    outcomes, counts = [], {"confirmed": 0, "suspected": 0, "cleared": 0}
    for key, last in sorted(ends.items()):
        at = datetime.fromisoformat(last) + timedelta(minutes=30)
        said: dict[str, Any] = {"operator_id": key[0], "booking_id": key[1], "at": at}
        roll = rng.random()
        if key in meant and roll < 0.8:
            outcomes.append(Outcome(**said, reported_by="dispatcher", finding="confirmed_scam"))
            counts["confirmed"] += 1
        elif key in meant and roll < 0.9:
            outcomes.append(Outcome(**said, reported_by="driver", finding="suspected_scam"))
            counts["suspected"] += 1
        elif key not in meant and roll < 0.3:
            outcomes.append(Outcome(**said, reported_by="dispatcher", finding="cleared"))
            counts["cleared"] += 1
        elif roll < 0.5:
            outcomes.append(Outcome(**said, reported_by="driver", action="collected"))
    assert await OutcomeStore(pool, KEYS).add([reported(one, one.at) for one in outcomes]) == len(outcomes)
    return counts


async def drill(pool: Pool, last: dict[str, Any]) -> None:
    """A drill of the same hour and what became of it: no part of anybody's statistics."""
    (decision,) = (await assess(pool, [{**last, "operator_id": DRILLS, "booking_id": "drill-1"}])).values()
    assert decision
    at = datetime.fromisoformat(last["occurred_at"])
    found = Outcome(operator_id=DRILLS, booking_id="drill-1", at=at, reported_by="dispatcher", finding="confirmed_scam")
    assert await OutcomeStore(pool, KEYS).add([reported(found, at)]) == 1


async def test_outcomes_become_a_report_and_a_card_that_decides_nothing(
    database: MakePool, postgres: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = await database("risk_scorer", "scorer")
    events, meant = traffic(900, 90)
    plain = await assess(pool, events)
    counts = await find_out(pool, events, meant)
    await drill(pool, events[-1])
    name = await pool.fetchval("select current_database()")
    monkeypatch.setenv("PICKUP_SCORER_DSN", postgres.dsn(name, "pickup_scorer"))
    monkeypatch.delenv("PICKUP_SCORER_PASSWORD", raising=False)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["learn", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    told = json.loads(await asyncio.to_thread(run, "report", "--days", "30", "--json"))
    assert told["bookings"] == len(plain)
    rules = {one["rule_id"]: one for one in told["rules"]}
    assert set(rules) == {compiled.rule.id for compiled in PROGRAM.rules}
    card_rule = rules["bank-card-from-home"]
    assert card_rule["confirmed"] > 5
    assert card_rule["cleared"] == 0
    assert card_rule["precision"]["share"] == 1.0
    assert 0.5 < card_rule["precision"]["low"] < 1.0
    assert 0 < card_rule["recall"]["share"] < 0.5, "one of six kinds"
    assert any("never fired" in one["flags"] for one in rules.values())
    shown = await asyncio.to_thread(run, "report", "--days", "30")
    assert f"{counts['confirmed'] + counts['suspected']} found to be scams or suspected" in " ".join(shown.split())

    out = tmp_path / "card.yaml"
    shown = await asyncio.to_thread(run, "scorecard", "--days", "30", "--out", str(out))
    assert "Brier score" in shown
    card = read_scorecard(out.read_text())
    assert card.report["scams"] == counts["confirmed"] + counts["suspected"]
    assert card.report["cleared"] == counts["cleared"]
    assert card.report["brier"] < 0.6 * card.report["brier_base"]
    signs = {compiled.rule.id: compiled.rule.points for compiled in PROGRAM.rules}
    assert card.points
    assert all(points * signs[rule_id] > 0 for rule_id, points in card.points.items() if signs[rule_id])

    await pool.execute("truncate bookings, steps, sightings, marks")
    assert await assess(pool, events, card) == plain
    stored = [json.loads(row[0]) for row in await pool.fetch("select signals from steps where signals is not null")]
    assert all(one["scorecard"]["version"] == card.version for one in stored)
    assert {one["scorecard"]["decision"] for one in stored} > {"allow"}, "it does say something"


async def test_what_was_learnt_after_a_finding_does_not_explain_it(database: MakePool) -> None:
    pool = await database("risk_scorer", "scorer")
    events, meant = traffic(30, 6)
    key = next(key for key in sorted(meant) if sum((e["operator_id"], e["booking_id"]) == key for e in events) > 2)
    own = [event for event in events if (event["operator_id"], event["booking_id"]) == key]
    await assess(pool, own)
    moments = sorted(datetime.fromisoformat(event["occurred_at"]) for event in own)
    since, now = moments[0] - timedelta(days=1), datetime.now(UTC)
    outcome = Outcome(
        operator_id=key[0], booking_id=key[1], at=moments[1], reported_by="dispatcher", finding="confirmed_scam"
    )
    before = [one async for one in JudgedStore(pool).judged(since)]
    await OutcomeStore(pool, KEYS).add([reported(outcome, moments[1])])
    after = [one async for one in JudgedStore(pool).judged(since)]
    assert (len(before), len(after)) == (len(own), 1)
    gathered = await gather(JudgedStore(pool), since, now)
    assert [one.label.scam for one in gathered.cases] == [True]
    first = json.loads(after[0].assessment)
    assert gathered.cases[0].rules == {reason["rule_id"] for reason in first["reasons"]}
    assert not gathered.unlabelled
