"""Stored bookings decided again by another ruleset."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pickupctl.policy import live
from pickupctl.policy.backtest import over_stored
from risk_scorer.policy.checked import checked
from tests.integration.events import ride, scam
from tests.integration.policies.worker import Worker, entry, ruleset


async def test_a_backtest_of_the_same_ruleset_comes_to_what_was_decided(worker: Worker, operator_id: str) -> None:
    """The signals that are stored are enough to decide again, exactly; lists included."""
    await live.send(worker.kafka.bootstrap, entry("07700 900102", operator_id), datetime.now(UTC))
    await worker.until(lambda: worker.entries(operator_id), "the entry")
    for number in range(4):
        await worker.assess(
            operator_id,
            scam(f"s-{number}", items=[{"description": "gold coins"}] if number % 2 else None),
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
