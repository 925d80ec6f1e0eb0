"""A booking becomes a warning, on real processes: taken, scored, told, shown, acknowledged, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pickupctl.commands import dlq
from pickupctl.stack.local import SERVICES, LocalStack
from tests.integration.events import ride, scam
from tests.stack import OPERATOR, Firm, fetch, firm, running, until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running(Path(tmp_path_factory.mktemp("stack"))) as made:
        yield made


async def assessed(stack: LocalStack, booking_id: str) -> str | None:
    rows = await fetch(
        stack,
        "select convert_from(assessment, 'UTF8')::json ->> 'decision' as decision from scorer.steps "
        "where operator_id = $1 and booking_id = $2 and assessment is not null order by seq desc limit 1",
        OPERATOR,
        booking_id,
    )
    return rows[0]["decision"] if rows else None


async def test_a_scam_becomes_a_warning_and_a_ride_does_not(stack: LocalStack) -> None:
    async with firm(stack) as office:
        for event in (ride("quiet"), scam("loud")):
            assert (await office.send(event)).status_code == 202
        (message,) = await until(lambda: _told(office, "loud"), "the webhook")
        assert message["data"]["driver_text"].startswith("STOP. DO NOT COLLECT")
        (alert,) = await office.alerts()
        assert (alert["booking_id"], alert["decision"]) == ("loud", "hold_recommended")
        assert await until(lambda: assessed(stack, "quiet"), "the ride's assessment") == "allow"
        cancelled = {**ride("loud", "e-2"), "status": "cancelled"}
        await office.send({name: cancelled[name] for name in ("event_id", "booking_id", "occurred_at", "status")})
        await until(lambda: _closed(office, "loud"), "the closing")
        assert office.told_of("quiet") == []


async def test_bad_input_has_its_answer_and_stops_nothing(stack: LocalStack) -> None:
    async with firm(stack) as office:
        path = "/v1/bookings/events"
        header = {"content-type": "application/json"}
        key = {"authorization": office.client.headers["authorization"]}
        for body, status in (
            (b'{"event_id":', 400),
            (b"[]", 422),
            (b"\x00" * 100, 400),
            (b'{"event_id":"e","booking_id":"b","occurred_at":5}', 422),
            (b'{"event_id":"e","booking_id":"b","occurred_at":"2026-11-20T11:00:00"}', 422),
            (b'{"event_id":"e","booking_id":"b","occurred_at":"2026-11-20T11:00:00Z","x":1}', 422),
            (b'{"notes":"' + b"x" * 1_000_000 + b'"}', 413),
        ):
            # Not by aiohttp, which gives up on an answer that comes before it has sent everything.
            async with httpx.AsyncClient(base_url=stack.url("booking-ingest"), headers=key, trust_env=False) as client:
                assert (await client.post(path, content=body, headers=header)).status_code == status
        wrong = {**ride("w"), "operator_id": "op-nobody-knows"}
        assert (await office.send(wrong)).status_code == 403
        for event in (
            {
                "event_id": "c-1",
                "booking_id": "begins-cancelled",
                "occurred_at": ride("x")["occurred_at"],
                "status": "cancelled",
            },
            {**ride("orders", "o-3"), "revision": 3, "status": "driver_assigned"},
            {**ride("orders", "o-1"), "revision": 1},
            {**ride("orders", "o-2"), "revision": 2, "status": "accepted"},
        ):
            assert (await office.send(event)).status_code == 202
        assert await until(lambda: assessed(stack, "begins-cancelled"), "the cancelled one") == "allow"
        rows = await until(lambda: _steps(stack, "orders", 3), "all three in any order")
        assert len(rows) == 3
        assert (await office.send(scam("after-all"))).status_code == 202
        await until(lambda: _told(office, "after-all"), "a warning after all that")
    assert all(stack.children[service.name].running for service in SERVICES)
    _, letters = await dlq._all(dlq._topic("booking.events.v1"))
    assert letters == [], "what ingest accepts, the scorer can read"


async def test_what_nobody_takes_on_expires_and_is_said(stack: LocalStack) -> None:
    async with firm(stack) as office:
        soon = datetime.now(UTC) + timedelta(seconds=4)
        await office.send({**scam("unheard"), "driver_eta": soon.isoformat()})
        await until(lambda: _kinds(office, "unheard", "pickup.alert.expired"), "the news that nobody acted")
        kinds = [message["type"] for message in office.told_of("unheard")]
        assert kinds == ["pickup.alert.warning", "pickup.alert.expired"]
        (alert,) = [one for one in await office.alerts() if one["booking_id"] == "unheard"]
        assert (alert["state"], alert["escalated_to"]) == ("expired", "duty_manager")


async def test_a_bookings_alert_is_the_same_after_a_restart_of_everything(stack: LocalStack) -> None:
    async with firm(stack) as office:
        await office.send(scam("restart"))
        await until(lambda: _told(office, "restart"), "the webhook")
        for service in SERVICES:
            stack.kill_service(service.name)
        await until(lambda: _open(office, "restart"), "the page after the restart")
        await asyncio.sleep(2)
        assert len(office.told_of("restart")) == 1


async def _told(office: Firm, booking_id: str) -> list[object]:
    return list(office.told_of(booking_id))


async def _kinds(office: Firm, booking_id: str, kind: str) -> bool:
    return any(message["type"] == kind for message in office.told_of(booking_id))


async def _closed(office: Firm, booking_id: str) -> bool:
    return any(alert["booking_id"] == booking_id for alert in await office.alerts("closed"))


async def _open(office: Firm, booking_id: str) -> bool:
    return any(alert["booking_id"] == booking_id for alert in await office.alerts())


async def _steps(stack: LocalStack, booking_id: str, count: int) -> list[object]:
    rows = await fetch(
        stack, "select 1 from scorer.steps where operator_id = $1 and booking_id = $2", OPERATOR, booking_id
    )
    return rows if len(rows) >= count else []
