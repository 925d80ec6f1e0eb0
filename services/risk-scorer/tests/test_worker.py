"""What the worker says of its consumer while it is starting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn, cast

import faust
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from pickup_contracts.topics import BOOKING_EVENTS
from risk_scorer.worker import assigned, partitions


def app(assignment: Any) -> faust.App:
    return cast(
        faust.App,
        SimpleNamespace(started=True, rebalancing=False, consumer=SimpleNamespace(assignment=assignment)),
    )


def test_a_worker_whose_consumer_is_still_starting_has_no_partitions() -> None:
    def starting() -> NoReturn:
        raise ConsumerNotStarted("Consumer thread not yet started")

    assert partitions(app(starting)) == set()
    assert assigned(app(starting)) is None


def test_a_worker_has_the_partitions_of_its_own_topic() -> None:
    mine = {TP(BOOKING_EVENTS.name, 3), TP(BOOKING_EVENTS.name, 7), TP("another", 1)}
    assert partitions(app(lambda: mine)) == {3, 7}
