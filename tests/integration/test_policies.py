"""Policies on a real broker and database: published, lived by, refused, taken back; and what the command line shows."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from pickup_contracts.codec import decode_booking
from pickup_contracts.policy import (
    BandOverride,
    ListEntry,
    OperatorOverrides,
    RulesetDocument,
    list_key,
    policy_key,
)
from pickup_contracts.topics import POLICIES
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.errors import CommandFault
from pickupctl.main import app
from pickupctl.policy import live
from pickupctl.policy.backtest import over_stored
from risk_scorer.assess import Answer, Assessor, Incoming
from risk_scorer.entities import Keys
from risk_scorer.judging import Judging
from risk_scorer.listing import hashes_of
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy_feed import Change, PolicyFeed
from risk_scorer.policy_store import PolicyStore
from risk_scorer.store import Store

from .events import Json, raw, ride, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())


class Worker:
    """What a worker is made of, without faust: the feed, and an assessor that asks it."""

    def __init__(self, kafka: EmbeddedKafka, pool: Pool, name: str, clock: ManualClock | SystemClock) -> None:
        self.kafka = kafka
        self.pool = pool
        self.name = name
        self.changes: list[Change] = []
        self.base = checked(ruleset(name, "0"))
        self.feed = PolicyFeed(
            self.base,
            worker_id=f"w-{uuid4().hex[:6]}",
            clock=clock,
            store=PolicyStore(pool),
            on_change=self.changes.extend,
        )
        self.assessor = Assessor(
            Judging(Store(pool), self.base, KEYS, opted_in=lambda _: False, policy=self.feed.current)
        )
        self._seq = 0

    async def assess(self, operator_id: str, *events: Json) -> list[Answer]:
        batch = []
        for event in events:
            body = raw({**event, "operator_id": operator_id})
            self._seq += 1
            read = decode_booking(body)
            batch.append(Incoming(operator_id, read.booking_id, read, body, self._seq, datetime.now(UTC)))
        return await self.assessor.assess(batch)

    async def decisions(self, operator_id: str, *events: Json) -> list[str]:
        return [answer.result.decision for answer in await self.assess(operator_id, *events) if answer.result]

    async def until(self, true: Callable[[], object], what: str) -> None:
        """Within five seconds, as is promised."""
        ends = asyncio.get_running_loop().time() + 5
        while not true():
            assert asyncio.get_running_loop().time() < ends, f"{what}: not in 5 s"
            await asyncio.sleep(0.05)

    def entries(self, operator_id: str) -> list[str]:
        """Ids of an operator's entries: the topic is shared with other tests."""
        entries = self.feed.current().lists.entries.values()
        return [one.entry_id for one in entries if one.operator_id == operator_id]

    def says(self, words: str) -> bool:
        """Whether its fault holds these words."""
        return words in (self.feed.fault() or "")

    @property
    def version(self) -> str:
        return self.feed.current().program.ruleset.version


@asynccontextmanager
async def following(worker: Worker) -> AsyncIterator[Worker]:
    tasks = [asyncio.create_task(worker.feed.follow(worker.kafka.bootstrap)), asyncio.create_task(worker.feed.report())]
    try:
        await asyncio.wait_for(worker.feed.loaded.wait(), 15)
        yield worker
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def ruleset(name: str, version: str, *, change: Sequence[tuple[str, str]] = ()) -> str:
    """The shipped ruleset under another name, so that tests do not meet; without the examples of the whole."""
    text = shipped.text().partition("\nexamples:")[0]
    text = text.replace("name: uk-courier-fraud", f"name: {name}")
    text = text.replace(f'version: "{shipped.program().ruleset.version}"', f'version: "{version}"')
    for before, after in change:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def document(name: str, text: str, version: str = "1") -> RulesetDocument:
    return RulesetDocument(
        name=name,
        version=version,
        text=text,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        published_at=datetime.now(UTC),
        published_by="test",
    )


def entry(
    entity: str, operator_id: str, list_name: Any = "watch", *, hours: float = 1, band: Any = "warn"
) -> ListEntry:
    now = datetime.now(UTC)
    return ListEntry(
        entry_id=f"e-{uuid4().hex[:8]}",
        list_name=list_name,
        kind="phone",
        entities=hashes_of(KEYS, "phone", entity, operator_id),
        band=band,
        reason="named by two victims",
        source="police liaison",
        added_at=now - timedelta(minutes=1),
        added_by="test",
        expires_at=now + timedelta(hours=hours),
        operator_id=operator_id,
    )


@pytest.fixture
def name() -> str:
    return f"test-{uuid4().hex[:8]}"


@pytest.fixture
async def worker(kafka: EmbeddedKafka, database: MakePool, name: str) -> AsyncIterator[Worker]:
    made = Worker(kafka, await database("risk_scorer", "scorer"), name, SystemClock())
    async with following(made):
        yield made


async def test_a_ruleset_is_lived_by_within_five_seconds_and_the_worker_says_so(
    worker: Worker, operator_id: str, name: str
) -> None:
    assert await worker.decisions(operator_id, scam("a")) == ["hold_recommended"]
    softer = ruleset(name, "1", change=[("    points: 60\n    band_floor: hold_recommended", "    points: 45")])
    await live.publish(worker.kafka.bootstrap, worker.pool, document(name, softer))
    await worker.until(lambda: worker.version == "1", "the new ruleset")
    (answer,) = await worker.assess(operator_id, scam("b"))
    assert answer.result is not None
    assert answer.result.ruleset.version == "1"
    assert worker.changes == [Change("ruleset", name)]
    assert REGISTRY.get_sample_value(
        "pickup_ruleset_running",
        {"ruleset": name, "version": "1", "fingerprint": worker.feed.current().program.ruleset.fingerprint[:12]},
    )
    assert worker.feed.describe()["version"] == "1"
    store = PolicyStore(worker.pool)

    async def reported() -> str:
        (found,) = await store.workers()
        return found.version

    for _ in range(50):
        if await reported() == "1":
            break
        await asyncio.sleep(0.1)
    (found,) = await store.workers()
    assert (found.version, found.fault) == ("1", None)
    assert [row.version for row in await store.history(name)] == ["1"]


async def test_a_bad_ruleset_changes_nothing_and_is_said(worker: Worker, operator_id: str, name: str) -> None:
    bootstrap = worker.kafka.bootstrap
    await live.publish(bootstrap, worker.pool, document(name, ruleset(name, "1")))
    await worker.until(lambda: worker.version == "1", "the good ruleset")
    now = datetime.now(UTC)
    bad = ruleset(
        name, "2", change=[("when: parcel_from_home && itm1_bank_card", "when: parcel_from_home && nonsense")]
    )
    for wrong, says in (
        (document(name, bad, "2"), "no such signal: 'nonsense'"),
        (document(name, "name: [", "3"), "not valid YAML"),
        (document(name, ruleset("another", "4"), "4"), "envelope"),
    ):
        await live.send(bootstrap, wrong, now)
        await worker.until(partial(worker.says, says), says)
        assert worker.version == "1"
    assert await worker.decisions(operator_id, scam("a")) == ["hold_recommended"]
    assert REGISTRY.get_sample_value("pickup_policy_faulty") == 1
    store = PolicyStore(worker.pool)
    for _ in range(50):
        (found,) = await store.workers()
        if found.fault and "envelope" in found.fault:
            break
        await asyncio.sleep(0.1)
    assert found.version == "1"
    assert found.fault is not None
    await live.publish(bootstrap, worker.pool, document(name, ruleset(name, "5"), "5"))
    await worker.until(lambda: worker.version == "5", "the next good one")
    assert worker.feed.fault() is None
    assert REGISTRY.get_sample_value("pickup_policy_faulty") == 0


async def test_a_worker_that_starts_with_a_bad_ruleset_takes_the_last_good_one(
    kafka: EmbeddedKafka, database: MakePool, name: str
) -> None:
    pool = await database("risk_scorer", "scorer")
    await live.publish(kafka.bootstrap, pool, document(name, ruleset(name, "1")))
    await live.publish(kafka.bootstrap, pool, document(name, "rules: nothing", "2"))
    async with following(Worker(kafka, pool, name, SystemClock())) as late:
        assert late.version == "1"
        assert "can't be used" in (late.feed.fault() or "")
        assert late.changes == [], "what stood before the start is no change"


async def test_what_is_unreadable_or_anothers_is_left_aside(
    worker: Worker, producer: AIOKafkaProducer, operator_id: str, name: str
) -> None:
    before = entry("+447700900101", operator_id)
    await live.send(worker.kafka.bootstrap, before, datetime.now(UTC))
    await worker.until(lambda: worker.entries(operator_id), "the entry")
    await producer.send_and_wait(POLICIES.name, key=policy_key(before), value=b'{"entry_id": 1')
    await live.send(
        worker.kafka.bootstrap, document("somebody-elses", ruleset("somebody-elses", "9")), datetime.now(UTC)
    )
    await worker.until(lambda: "entry_id: must be text" in (worker.feed.fault() or ""), "the fault")
    assert worker.version == "0"
    assert worker.entries(operator_id) == [before.entry_id]
    await live.take_back(worker.kafka.bootstrap, [policy_key(before)], datetime.now(UTC))
    await worker.until(lambda: worker.feed.fault() is None, "the end of the fault")


async def test_a_list_entry_changes_decisions_until_it_is_taken_back(worker: Worker, operator_id: str) -> None:
    bootstrap = worker.kafka.bootstrap
    watched = entry("07700 900102", operator_id)
    assert await worker.decisions(operator_id, ride("before")) == ["allow"]
    await live.send(bootstrap, watched, datetime.now(UTC))
    await worker.until(lambda: worker.entries(operator_id), "the entry")
    assert worker.changes[-1] == Change("list", watched.entry_id, tuple(watched.entities))
    (answer,) = await worker.assess(operator_id, ride("during"))
    assert answer.result is not None
    assert answer.result.decision == "warn"
    reason = answer.result.reasons[0]
    assert reason.title == "On the watch list: named by two victims (police liaison)"
    assert reason.evidence == ["booker"]
    assert "900102" not in (answer.assessment or b"").decode()
    assert await worker.decisions("op-other", ride("elsewhere")) == ["allow"]
    await live.take_back(bootstrap, [list_key(watched.entry_id)], datetime.now(UTC))
    await worker.until(lambda: not worker.entries(operator_id), "its end")
    assert await worker.decisions(operator_id, ride("after")) == ["allow"]


async def test_an_entry_ends_when_it_expires_and_that_is_a_change(
    kafka: EmbeddedKafka, database: MakePool, operator_id: str, name: str
) -> None:
    clock = ManualClock(datetime.now(UTC))
    made = Worker(kafka, await database("risk_scorer", "scorer"), name, clock)
    async with following(made):
        watched = entry("07700 900102", operator_id, hours=1)
        await live.send(kafka.bootstrap, watched, datetime.now(UTC))
        await made.until(lambda: made.entries(operator_id), "the entry")
        assert await made.decisions(operator_id, ride("before")) == ["warn"]
        clock.advance(timedelta(hours=2))
        await made.until(lambda: not made.entries(operator_id), "its expiry")
        assert made.changes[-1] == Change("list", watched.entry_id, tuple(watched.entities))
        assert await made.decisions(operator_id, ride("after")) == ["allow"]


async def test_trust_outweighs_rules_and_watch_outweighs_trust(worker: Worker, operator_id: str) -> None:
    warned: dict[str, Any] = {"items": [{"description": "shoes"}]}
    assert await worker.decisions(operator_id, scam("a", **warned)) == ["warn"]
    await live.send(
        worker.kafka.bootstrap, entry("+447700900101", operator_id, "trust", band="allow"), datetime.now(UTC)
    )
    await worker.until(lambda: worker.entries(operator_id), "the trust entry")
    assert await worker.decisions(operator_id, scam("b", **warned)) == ["allow"]
    assert await worker.decisions(operator_id, scam("c")) == ["hold_recommended"], "a bank card is a bank card"
    await live.send(worker.kafka.bootstrap, entry("+447700900101", operator_id), datetime.now(UTC))
    await worker.until(lambda: len(worker.entries(operator_id)) == 2, "the watch entry")
    assert await worker.decisions(operator_id, ride("e", booker={"phone": "07700 900101"})) == ["warn"]


async def test_an_operators_overrides_count_there_and_nowhere_else(worker: Worker, operator_id: str) -> None:
    mine = OperatorOverrides(
        operator_id=operator_id,
        bands=BandOverride(review=98, warn=99, hold_recommended=100),
        rules_off=["bank-card-from-home", "stranger-home-public-place"],
        published_at=datetime.now(UTC),
        published_by="test",
    )
    await live.send(worker.kafka.bootstrap, mine, datetime.now(UTC))
    await worker.until(lambda: operator_id in worker.feed.current().overrides, "the overrides")
    assert worker.changes == [Change("override", operator_id)]
    (answer,) = await worker.assess(operator_id, scam("a"))
    assert answer.result is not None
    assert "bank-card-from-home" not in {reason.rule_id for reason in answer.result.reasons}
    assert await worker.decisions("op-other", scam("a")) == ["hold_recommended"]


async def test_a_backtest_of_the_same_ruleset_comes_to_what_was_decided(worker: Worker, operator_id: str) -> None:
    """The signals that are stored are enough to decide again, exactly; lists included."""
    await live.send(worker.kafka.bootstrap, entry("07700 900102", operator_id), datetime.now(UTC))
    await worker.until(lambda: worker.entries(operator_id), "the entry")
    for number in range(4):
        await worker.assess(
            operator_id,
            scam(f"s-{number}", items=[{"description": "shoes"}] if number % 2 else None),
            ride(f"r-{number}"),
        )
    await worker.assess(operator_id, {**scam("s-1", "s-1-2"), "status": "accepted"})
    decided = await worker.pool.fetch("select booking_id, assessment from steps where assessment is not null")
    highest: dict[str, str] = {}
    order = ["allow", "review", "warn", "hold_recommended"]
    for row in decided:
        said = json.loads(row["assessment"])["decision"]
        highest[row["booking_id"]] = max(highest.get(row["booking_id"], "allow"), said, key=order.index)
    softer = checked(
        ruleset(worker.name, "1", change=[("    points: 60\n    band_floor: hold_recommended", "    points: 45")])
    )
    seen: list[tuple[int, int]] = []
    report, unread = await over_stored(
        worker.pool,
        worker.base,
        softer,
        {},
        since=datetime.now(UTC) - timedelta(days=1),
        operator_id=operator_id,
        progress=lambda done, whole: seen.append((done, whole)),
    )
    assert report.bookings == len(highest) == 8
    assert report.before == {band: sum(one == band for one in highest.values()) for band in order}
    assert report.before["hold_recommended"] >= 2
    assert {flip.booking_id for flip in report.flips} <= {"s-0", "s-2"}
    assert all("bank-card-from-home" in flip.rules_changed for flip in report.flips)
    assert seen[-1][0] == seen[-1][1] == len(decided)
    assert unread == []


async def test_signals_that_no_rule_read_then_are_read_of_the_stored_events(worker: Worker, operator_id: str) -> None:
    await worker.assess(operator_id, scam("a", items=[{"description": "gift"}]))
    assert not {"rte1_distance_m", "home_known_days"} & set(worker.base.signals)
    more = ruleset(worker.name, "1") + (
        "\n  - {id: any-distance, title: Far or not at all, when: rte1_distance_m > 1.0, points: 100, "
        "owner: x, review_by: 2027-01-01}\n"
        "  - {id: known-long, title: The home is known for long, when: home_known_days > 5, points: 100, "
        "owner: x, review_by: 2027-01-01}\n"
    )
    report, unread = await over_stored(
        worker.pool,
        worker.base,
        checked(more),
        {},
        since=datetime.now(UTC) - timedelta(days=1),
        operator_id=None,
        progress=lambda done, whole: None,
    )
    (flip,) = report.flips
    assert flip.rules_gained == ["any-distance"]
    assert unread in ([], ["home_known_days"])


async def test_published_reads_the_newest_of_each_key(worker: Worker, operator_id: str, name: str) -> None:
    one = entry("+447700900101", operator_id)
    for version in ("1", "2"):
        await live.publish(worker.kafka.bootstrap, worker.pool, document(name, ruleset(name, version), version))
    await live.send(worker.kafka.bootstrap, one, datetime.now(UTC))
    await live.send(worker.kafka.bootstrap, entry("+447700900101", operator_id), datetime.now(UTC))
    await live.take_back(worker.kafka.bootstrap, [list_key(one.entry_id)], datetime.now(UTC))
    found = await live.published(worker.kafka.bootstrap)
    assert found.rulesets[name].version == "2"
    assert one.entry_id not in found.entries


async def test_a_publication_that_the_broker_refuses_is_not_in_the_history(
    worker: Worker, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object, **__: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(live, "send", refuses)
    with pytest.raises(OSError, match="away"):
        await live.publish(worker.kafka.bootstrap, worker.pool, document(name, ruleset(name, "1")))
    assert await PolicyStore(worker.pool).history(name) == []


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
