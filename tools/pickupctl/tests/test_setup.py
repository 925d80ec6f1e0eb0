"""`pickupctl topics` says what one copy of everything means."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from pickup_contracts.topics import BOOKING_EVENTS, OPERATORS, Topic
from pickup_runtime import kafka
from pickup_runtime.broker import Broker
from pickupctl.commands import setup
from pickupctl.main import app


@pytest.mark.parametrize(
    ("asked", "there", "said"),
    [
        ([], False, "each partition is on one broker"),
        (["--replication", "1"], False, "--replication 3"),
        (["--replication", "3"], False, None),
        ([], True, None),
    ],
)
def test_a_single_copy_is_warned_of_when_topics_are_made(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], there: bool, said: str | None
) -> None:
    async def ensure(broker: Broker, topics: Sequence[Topic], *, replication: int) -> list[str]:
        assert (broker.bootstrap, replication) == ("kafka:9092", int(asked[1]) if asked else 1)
        return [] if there else [topic.name for topic in topics]

    monkeypatch.setattr(setup, "ensure_topics", ensure)
    monkeypatch.setenv("PICKUP_KAFKA_BOOTSTRAP", "kafka:9092")
    done = CliRunner().invoke(app, ["topics", *asked])
    assert done.exit_code == 0
    assert ("pickupctl: " in done.stderr) is (said is not None)
    if said is not None:
        assert said in done.stderr


@pytest.mark.parametrize(("replication", "in_sync"), [(1, None), (2, None), (3, "2"), (5, "2")])
def test_with_three_copies_two_brokers_have_what_is_acknowledged(replication: int, in_sync: str | None) -> None:
    for topic in (BOOKING_EVENTS, OPERATORS):
        assert kafka._new(topic, replication).topic_configs.get("min.insync.replicas") == in_sync
