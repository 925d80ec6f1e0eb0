"""Watch and trust lists, and operators' own settings: what they change, for whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pickup_contracts.policy import BandOverride, OperatorOverrides, list_key
from pickup_runtime.clock import ManualClock
from pickup_runtime.embedded.kafka import EmbeddedKafka
from pickup_runtime.testing.plugin import MakePool
from pickupctl.policy import live
from risk_scorer.policy_feed import Change
from tests.integration.events import ride, scam
from tests.integration.policies.worker import Worker, entry, following


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
