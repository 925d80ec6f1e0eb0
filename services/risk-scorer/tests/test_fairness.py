"""What is counted by group is bounded, and names nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from pickup_contracts.booking import Channel, PremisesKind, Service
from pickup_contracts.codec import decode_booking
from risk_scorer import fairness
from risk_scorer.facts import Facts
from risk_scorer.fairness import DecisionCounts, Group, group_of
from risk_scorer.merge import fold
from risk_scorer.premises.areas import CENTROIDS


def group(**fields: Any) -> Group:
    event = {"event_id": "e", "booking_id": "b", "occurred_at": "2026-11-20T11:00:00Z", **fields}
    return group_of(Facts(fold(None, decode_booking(json.dumps(event).encode())), datetime(2026, 11, 20, tzinfo=UTC)))


def test_an_area_is_the_letters_of_the_postcode() -> None:
    pickup = {"address": {"line1": "14 Meadow Close", "town": "Royston", "postcode": "sg8 5aa"}}
    assert group(service="taxi", channel="phone", pickup=pickup) == Group("taxi", "phone", "residential", "SG")
    assert group() == Group("unknown", "unknown", "unknown", "unknown")


@given(st.text(max_size=16), st.text(max_size=30))
def test_whatever_is_written_the_group_is_one_of_a_fixed_list(postcode: str, line: str) -> None:
    made = group(pickup={"address": {"line1": line, "postcode": postcode}})
    assert made.service in get_args(Service)
    assert made.channel in get_args(Channel)
    assert made.premises in get_args(PremisesKind)
    assert made.area in {*(name.upper() for name in CENTROIDS), "other", "unknown"}


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0.0


def test_decisions_are_counted_by_group_and_operators_beyond_the_limit_together(monkeypatch: Any) -> None:
    monkeypatch.setattr(fairness, "MOST_OPERATORS", 2)
    here = Group("courier", "api", "hotel", "ZE")
    counts = DecisionCounts()
    labels = {"service": "courier", "channel": "api", "premises": "hotel", "decision": "warn"}
    before = value("pickup_decisions", **labels)
    counts.count([("op-f1", here, "warn"), ("op-f1", here, "warn"), ("op-f2", here, "allow")])
    counts.count([("op-f3", here, "warn"), ("op-f4", here, "warn"), ("op-f1", here, "warn")])
    assert value("pickup_decisions", **labels) == before + 5
    assert value("pickup_decisions_by_area", area="ZE", decision="warn") == 5
    assert value("pickup_decisions_by_operator", operator="op-f1", decision="warn") == 3
    assert value("pickup_decisions_by_operator", operator="other", decision="warn") == 2
    assert value("pickup_decisions_by_operator", operator="op-f3", decision="warn") == 0
