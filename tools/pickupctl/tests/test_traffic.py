"""Made-up traffic keeps the contract, is the same for the same seed, and is as mixed as it claims."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from booking_ingest.normalise.event import normalise
from pickupctl.traffic.fortnight import fortnight
from pickupctl.traffic.scams import SCAMS, scam
from pickupctl.traffic.world import World


def test_a_fortnight_keeps_the_contract_and_is_in_order() -> None:
    events = list(fortnight(7, 300))
    for event in events:
        normalise(json.dumps(event).encode())
    moments = [event["occurred_at"] for event in events]
    assert moments == sorted(moments)
    assert events == list(fortnight(7, 300))
    assert events != list(fortnight(8, 300))


def test_one_booking_in_six_is_a_parcel_from_a_home() -> None:
    firsts: dict[str, Any] = {}
    for event in fortnight(1, 3000):
        firsts.setdefault(event["booking_id"], event)
    parcels = sum(event["carries"] == "parcel" and "organisation" not in event["pickup"] for event in firsts.values())
    assert 1 / 8 < parcels / len(firsts) < 1 / 4
    statuses = Counter(event.get("status") for event in fortnight(1, 500))
    assert statuses["cancelled"] > 5
    assert statuses["delivered"] > 300


def test_every_scam_keeps_the_contract() -> None:
    world = World(3, datetime.now(UTC), homes=50, firms=60)
    for number, make in enumerate(SCAMS):
        for _, event in scam(world, number, make).events(datetime.now(UTC)):
            normalise(json.dumps(event).encode())
