"""Rulesets as workers meet them: lived by at once, refused when bad, none of another name."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from pickup_contracts.policy import list_key, policy_key
from pickup_contracts.topics import POLICIES
from pickup_runtime.clock import SystemClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.testing.plugin import MakePool
from pickupctl.policy import live
from risk_scorer.policy_feed import Change
from risk_scorer.policy_store import PolicyStore
from tests.integration.events import scam
from tests.integration.policies.worker import Worker, document, entry, following, ruleset


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
