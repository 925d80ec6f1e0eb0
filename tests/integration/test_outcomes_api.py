"""`POST /v1/outcomes`: an operator's own system says what was found; once, its own bookings only, nothing made up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from notifier.accounts.roles import Role
from notifier.feed import publish_feed
from notifier.live import Bell
from notifier.outbox import Outbox
from pickup_contracts.alert import alert_id
from pickup_contracts.topics import OUTCOMES
from pickup_runtime.kafka import Record
from pickup_runtime.testing.plugin import MakePool, MakeReader

from .alert_page import Page
from .alerts import alert

AT = "2026-11-20T11:02:10Z"


class Api(Page):
    operator_id: str

    async def send(self, role: Role = "dispatcher", **said: Any) -> httpx.Response:
        header = {"authorization": f"Bearer {await self.key(self.operator_id, 'Dispatch system', role)}"}
        body = {"booking_id": "b", "at": AT, **said}
        return await self.browser.post("/v1/outcomes", json=body, headers=header)


@pytest.fixture
async def api(database: MakePool) -> AsyncIterator[Api]:
    made = Api(await database("notifier", "notifier"))
    made.operator_id = "op-a"
    yield made
    await made.close()


async def test_an_outcome_is_published_once_and_what_is_not_said_stays_unknown(
    api: Api, operator_id: str, producer: AIOKafkaProducer, read_topics: MakeReader
) -> None:
    api.operator_id = operator_id
    reader = await read_topics(OUTCOMES)
    publishing = asyncio.create_task(publish_feed(Outbox(api.pool), producer, Bell()))
    first = await api.send(action="refused", observations=["felt_like_cash", "felt_like_cash"], reported_by="driver")
    again = await api.send(action="refused", observations=["felt_like_cash", "felt_like_cash"], reported_by="driver")
    other = await api.send(comment="Rang her back.")
    assert [(one.status_code, one.json()["status"]) for one in (first, again, other)] == [
        (202, "accepted"),
        (202, "known"),
        (202, "accepted"),
    ]

    def mine(record: Record) -> bool:
        return (record.key or b"").startswith(operator_id.encode())

    records = await reader.until(lambda found: len(found) >= 2, of=mine)
    await asyncio.sleep(0.3)
    publishing.cancel()
    said = [json.loads(one.value or b"") for one in records]
    assert [one.get("finding", "unknown") for one in said] == ["unknown", "unknown"]
    assert said[0] == {
        "operator_id": operator_id,
        "booking_id": "b",
        "at": AT,
        "reported_by": "driver",
        "action": "refused",
        "observations": ["felt_like_cash"],
    }
    assert said[1]["reported_by"] == "operator_system"
    rows = await api.pool.fetch("select actor, body from audit where kind = 'outcome.reported'")
    assert [row["actor"] for row in rows] == ["Dispatch system"] * 2
    assert "Rang her" not in str([row["body"] for row in rows])


async def test_what_the_office_reports_moves_its_alert_and_what_others_report_does_not(api: Api) -> None:
    await api.add(alert("op-a", "b"), alert("op-a", "scam"), alert("op-a", "system"), alert("op-a", "aboard"))
    cleared: dict[str, Any] = {"finding": "cleared", "clear_reason": "N17", "reported_by": "dispatcher"}
    assert (await api.send(**cleared, alert_id=str(alert_id("op-a", "b")))).status_code == 202
    assert ((await api.now()).state, (await api.now()).clear_reason) == ("closed", "N17")
    scam: dict[str, Any] = {
        "booking_id": "scam",
        "finding": "confirmed_scam",
        "reported_by": "dispatcher",
        "police_reference": "CAD 7",
    }
    assert (await api.send(**scam)).status_code == 202
    found = await api.now("scam")
    assert (found.finding, found.state, found.police_reference) == ("confirmed_scam", "acknowledged", "CAD 7")
    afterwards = await api.send(booking_id="b", finding="confirmed_scam", reported_by="dispatcher")
    assert afterwards.status_code == 202
    assert ((await api.now()).state, (await api.now()).finding) == ("closed", "confirmed_scam")
    assert (await api.send(booking_id="system", finding="cleared")).status_code == 202
    assert (await api.now("system")).state == "open", "a system's word closes nothing"
    assert (await api.send(booking_id="aboard", action="collected")).status_code == 202
    assert ((await api.now("aboard")).kind, (await api.now("aboard")).state) == ("recall", "open")


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({}, 422, "finding: is required where nothing else is said"),
        ({"finding": "cleared", "reported_by": "dispatcher"}, 422, "clear_reason: is required"),
        ({"finding": "cleared", "clear_reason": "N43"}, 422, "clear_reason: is not a code"),
        ({"action": "refused", "clear_reason": "N17"}, 422, "clear_reason: goes with cleared only"),
        ({"finding": "probably"}, 422, "finding: is not one of the values"),
        ({"action": "refused", "at": "2026-11-20T11:02:10"}, 422, "at: must be a time with an offset"),
        ({"action": "refused", "at": "0001-01-01T00:00:00Z"}, 422, "at: is not a time that can be"),
        ({"action": "refused", "at": "0001-01-01T00:00:00+14:00"}, 422, "at: is not a time that can be"),
        ({"action": "refused", "at": "2199-01-01T00:00:00Z"}, 422, "at: lies more than a day ahead"),
        ({"action": "refused", "mood": "<b>"}, 422, "mood: is not part of the contract"),
        ({"action": 1}, 422, "action"),
        ({"action": "refused", "booking_id": "b\x00"}, 422, "booking_id: holds characters"),
        ({"comment": "x" * 501}, 422, "comment"),
        ({"comment": "it was 4111 1111 1111 1111"}, 422, "comment: looks like a payment card number"),
        ({"action": "refused", "operator_id": "op-b"}, 403, "operator_id: is not the key's"),
        ({"action": "refused", "reported_by": "duty_manager"}, 403, "reported_by: is above"),
    ],
)
async def test_what_is_refused_says_which_field_and_leaves_nothing(
    api: Api, said: dict[str, Any], status: int, why: str
) -> None:
    answer = await api.send(**said)
    assert answer.status_code == status
    assert why in answer.json()["error"]
    assert "<b>" not in answer.text
    assert await api.outcomes() == []


async def test_who_may_send_and_about_what(api: Api) -> None:
    assert (await api.send("viewer", action="refused")).status_code == 403
    assert (await api.send("duty_manager", action="refused", reported_by="duty_manager")).status_code == 202
    body = {"booking_id": "b", "at": AT, "action": "refused"}
    assert (await api.browser.post("/v1/outcomes", json=body)).status_code == 401
    await api.log_in_as("admin")
    signed_in = await api.browser.post("/v1/outcomes", json=body)
    assert signed_in.status_code == 401, "a browser's session is no key: another site could ride on it"
    for other in (alert_id("op-b", "b"), uuid4()):
        assert (await api.send(action="collected", alert_id=str(other))).status_code == 404
    assert len(await api.outcomes()) == 1


async def test_another_operators_booking_of_the_same_id_is_not_touched(api: Api) -> None:
    await api.add(alert("op-b", "b", deadline=datetime.now(UTC) + timedelta(minutes=9)))
    scam = await api.send(finding="confirmed_scam", reported_by="dispatcher")
    assert scam.status_code == 202
    theirs = await api.store.alert("op-b", alert_id("op-b", "b"))
    assert theirs is not None
    assert (theirs.finding, theirs.state) == (None, "open")
