"""The service itself looks a place up, with nothing but its settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from pickupctl.stack.local import LocalStack
from tests.integration.events import scam
from tests.integration.os_places import KEY, os_places, record
from tests.stack import OPERATOR, fetch, firm, running_beside, until

pytestmark = pytest.mark.e2e


async def assessment(stack: LocalStack, booking_id: str) -> dict[str, Any] | None:
    rows = await fetch(
        stack,
        "select convert_from(assessment, 'UTF8') as said from scorer.steps "
        "where operator_id = $1 and booking_id = $2 and assessment is not null",
        OPERATOR,
        booking_id,
    )
    return json.loads(rows[0]["said"]) if rows else None


def booking(booking_id: str, line1: str) -> dict[str, Any]:
    event = scam(booking_id)
    event["pickup"]["address"] = {"line1": line1, "town": "Royston", "postcode": "SG8 5AA"}
    return event


async def test_a_place_is_looked_up_and_an_outage_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with os_places() as places:
        places.records = [record("", "Hexagon, Stone Lane", "Royston", "SG8 5AA", "RD02")]
        monkeypatch.setenv("PICKUP_OS_PLACES_KEY", KEY)
        monkeypatch.setenv("PICKUP_OS_PLACES_URL", places.url)
        monkeypatch.setenv("PICKUP_OS_PLACES_TIMEOUT_S", "2")
        async with running_beside(tmp_path) as stack, firm(stack) as office:
            await office.send(booking("b-1", "Hexagon Stone Lane"))
            said = await until(lambda: assessment(stack, "b-1"), "the assessment")
            assert said["premises"]["pickup"]["source"] == "lookup"
            assert said["premises"]["pickup"]["kind"] == "residential"
            assert said["degraded"] == []

            places.fault = "500"
            await office.send(booking("b-2", "Octagon Stone Lane"))
            said = await until(lambda: assessment(stack, "b-2"), "the assessment without a lookup")
            assert said["degraded"] == ["premises_lookup"]
            assert said["decision"] == "hold_recommended", "the text alone is enough"

            async with httpx.AsyncClient(trust_env=False) as client:
                metrics = (await client.get(f"{stack.url('risk-scorer')}/metrics")).text
            assert 'pickup_premises_lookups_total{result="found"} 1.0' in metrics
            assert 'pickup_premises_lookups_total{result="fault"} 1.0' in metrics
